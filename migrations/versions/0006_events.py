"""Events of jobs and files, and who is told of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")
TELLS = "tells_at IS NOT NULL"


def _company() -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    """The company whose row it is, which the row goes with."""
    key = sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE")
    return sa.Column("company_id", ID, nullable=False), key


def upgrade() -> None:
    """Create the tables; jobs that are there already are told once somebody listens."""
    op.create_table(
        "event_stream",
        *_company(),
        sa.Column("is_listened_to", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("webhook_style", sa.String()),
        sa.Column("realtime_style", sa.String()),
        sa.Column("job_finished_first", sa.Boolean(), nullable=False),
        sa.Column("delivery_faults_json", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company_id"),
    )
    op.create_table(
        "event",
        sa.Column("id", ID, nullable=False),
        *_company(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("job_id", ID),
        sa.Column("file_id", ID),
        sa.Column("fields_json", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_event_company_id_number", "event", ["company_id", "number"], unique=True)
    op.create_table(
        "webhook",
        *_company(),
        sa.Column("id", ID, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("delivered_number", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String()),
        sa.Column("claimed_until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("company_id"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        *_company(),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("event_number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.String()),
        sa.Column("answer", sa.String()),
        sa.Column("next_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_delivery_company_id_event_id_attempt", "delivery", ["company_id", "event_id", "attempt"]
    )
    op.create_index("ix_delivery_company_id_at", "delivery", ["company_id", "at"])
    op.create_table(
        "realtime_connection",
        sa.Column("id", sa.String(), nullable=False),
        *_company(),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("api_key_id", ID),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("transport", sa.String(), nullable=False),
        sa.Column("connected_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_realtime_connection_company_id", "realtime_connection", ["company_id"])
    op.create_index("ix_realtime_connection_seen_at", "realtime_connection", ["seen_at"])
    op.add_column("file", sa.Column("directory", sa.String()))
    # The default stays: to take it away, SQLite would copy all files.
    op.add_column(
        "file", sa.Column("properties_json", sa.String(), nullable=False, server_default="{}")
    )
    op.add_column("job", sa.Column("told_steps", sa.Integer()))
    op.add_column("job", sa.Column("tells_at", sa.BigInteger()))
    op.create_index(
        "ix_job_company_id_tells_at",
        "job",
        ["company_id", "tells_at"],
        sqlite_where=sa.text(TELLS),
        postgresql_where=sa.text(TELLS),
    )


def downgrade() -> None:
    """Drop the tables and columns."""
    op.drop_index("ix_job_company_id_tells_at", "job")
    op.drop_column("job", "tells_at")
    op.drop_column("job", "told_steps")
    op.drop_column("file", "properties_json")
    op.drop_column("file", "directory")
    for table in ("realtime_connection", "delivery", "webhook", "event", "event_stream"):
        op.drop_table(table)
