"""The oldest version of the application that the schema serves, beside its own revision.

It is stored after each revision by `env.py`, for versions that do not know the revision itself.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

serves_from = "0012"


def upgrade() -> None:
    """Add the column to Alembic's own table, which has one row."""
    op.add_column("alembic_version", sa.Column("serves_from", sa.String(32), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("alembic_version", "serves_from")
