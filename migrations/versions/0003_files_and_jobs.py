"""Files, jobs, and what processing makes of files: tags, data points, rules and values."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "company_profile",
        sa.Column("company_id", ID, nullable=False),
        sa.Column("progression", sa.String()),
        sa.Column("stage_ms", sa.BigInteger()),
        sa.Column("cloudinfo_json", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("company_id"),
    )
    op.create_table(
        "extraction_rule",
        sa.Column("company_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String()),
        sa.Column("metadata_json", sa.String(), nullable=False),
        sa.Column("tag_name", sa.String()),
        sa.Column("values_json", sa.String(), nullable=False),
        sa.Column("classification_score", sa.Float(precision=53), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("company_id", "position"),
    )
    op.create_table(
        "file_content",
        sa.Column("file_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "position"),
    )
    op.create_index("ix_file_content_company_id", "file_content", ["company_id"])

    op.create_table(
        "file_name",
        sa.Column("company_id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("company_id", "name"),
    )
    op.create_table(
        "job",
        sa.Column("id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("deferred_session_id", ID),
        sa.Column("creation_date", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("input_source_type", sa.String(), nullable=False),
        sa.Column("source", sa.String()),
        sa.Column("container", sa.String()),
        sa.Column("remote_file_name", sa.String()),
        sa.Column("remote_file_names_json", sa.String()),
        sa.Column("file_urls_json", sa.String()),
        sa.Column("merge", sa.Boolean(), nullable=False),
        sa.Column("decompose", sa.Boolean(), nullable=False),
        sa.Column("propagate_metadata", sa.Boolean(), nullable=False),
        sa.Column("parent_file_prefix", sa.String()),
        sa.Column("page_rotation", sa.Integer(), nullable=False),
        sa.Column("metadata_json", sa.String()),
        sa.Column("metadata_objects_count", sa.Integer(), nullable=False),
        sa.Column("file_sources_count", sa.Integer(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("retry_limit", sa.Integer(), nullable=False),
        sa.Column("progression", sa.String(), nullable=False),
        sa.Column("stage_ms", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("stepped_at", sa.BigInteger(), nullable=False),
        sa.Column("fixed_stage", sa.String()),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_job_company_id_creation_date_id", "job", ["company_id", "creation_date", "id"]
    )

    op.create_table(
        "tag",
        sa.Column("id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String()),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_tag_company_id", "tag", ["company_id"])

    op.create_table(
        "data_point",
        sa.Column("id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("tag_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_data_point_company_id", "data_point", ["company_id"])
    op.create_index("ix_data_point_tag_id", "data_point", ["tag_id"])

    op.create_table(
        "file",
        sa.Column("id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("deferred_session_id", ID),
        sa.Column("job_id", ID),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("creation_date", sa.BigInteger(), nullable=False),
        sa.Column("update_date", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_name", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("md5_hash", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("metadata_json", sa.String(), nullable=False),
        sa.Column("tag_id", ID),
        sa.Column("tag_name", sa.String()),
        sa.Column("classification_score", sa.Float(precision=53), nullable=False),
        sa.Column("fails", sa.Boolean(), nullable=False),
        sa.Column("fixed_status", sa.String()),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["deferred_session_id"], ["deferred_session.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_file_company_id_file_name", "file", ["company_id", "file_name"])
    op.create_index("ix_file_deferred_session_id", "file", ["deferred_session_id"])
    op.create_index("ix_file_job_id", "file", ["job_id"])

    op.create_table(
        "file_value",
        sa.Column("id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=False),
        sa.Column("tag_id", ID),
        sa.Column("data_point_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("classification_score", sa.Float(precision=53), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_file_value_company_id", "file_value", ["company_id"])
    op.create_index("ix_file_value_file_id", "file_value", ["file_id"])
    op.create_index("ix_file_value_tag_id", "file_value", ["tag_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "file_value",
        "file",
        "data_point",
        "tag",
        "job",
        "file_name",
        "file_content",
        "extraction_rule",
        "company_profile",
    ):
        op.drop_table(table)
