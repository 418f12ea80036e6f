"""When companies were made, and when those end that were made for a time only."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    """Create the table; companies that are there already have no row, and never end."""
    op.create_table(
        "company_lifetime",
        sa.Column("company_id", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("company_id"),
    )
    op.create_index("ix_company_lifetime_expires_at", "company_lifetime", ["expires_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("company_lifetime")
