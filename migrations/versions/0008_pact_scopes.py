"""Scopes of Pact states: the company of each, and what its setups have made."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "pact_scope",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("company_id", ID),
        sa.Column("is_adopted", sa.Boolean(), nullable=False),
        sa.Column("values_json", sa.String(), nullable=False),
        sa.Column("made_json", sa.String(), nullable=False),
        sa.Column("failure_json", sa.String()),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("company_id"),
    )
    op.create_index("ix_pact_scope_used_at", "pact_scope", ["used_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("pact_scope")
