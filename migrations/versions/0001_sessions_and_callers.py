"""Companies, what proves that a caller belongs to one, and deferred sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")


def _owned_by_company() -> sa.Column[str]:
    return sa.Column(
        "company_id",
        ID,
        sa.ForeignKey("company.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    )


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "company",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
    )
    op.create_table(
        "account_user",
        sa.Column("id", ID, primary_key=True),
        _owned_by_company(),
        sa.Column("user_name", sa.String(), nullable=False, unique=True),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("last_name", sa.String()),
    )
    op.create_table(
        "api_key",
        sa.Column("id", ID, primary_key=True),
        _owned_by_company(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False, unique=True),
    )
    op.create_table(
        "hmac_pair",
        sa.Column("id", ID, primary_key=True),
        _owned_by_company(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False, unique=True),
        sa.Column("key", sa.String(), nullable=False),
    )
    op.create_table(
        "access_token",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column(
            "user_id",
            ID,
            sa.ForeignKey("account_user.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, index=True),
    )
    op.create_table(
        "nonce",
        sa.Column(
            "hmac_pair_id", ID, sa.ForeignKey("hmac_pair.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("nonce", sa.String(), primary_key=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, index=True),
    )
    op.create_table(
        "deferred_session",
        sa.Column("id", ID, primary_key=True),
        _owned_by_company(),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("creation_date", sa.BigInteger(), nullable=False),
        sa.Column("update_date", sa.BigInteger(), nullable=False),
        sa.Column("job_id", ID),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "deferred_session",
        "nonce",
        "access_token",
        "hmac_pair",
        "api_key",
        "account_user",
        "company",
    ):
        op.drop_table(table)
