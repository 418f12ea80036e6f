"""How often each credential was used in its latest minute, for replicas to count together."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    """Create the table; it stays empty unless rate limits are enforced."""
    op.create_table(
        "rate_window",
        sa.Column("credential_id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("credential_id"),
    )
    op.create_index("ix_rate_window_company_id", "rate_window", ["company_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("rate_window")
