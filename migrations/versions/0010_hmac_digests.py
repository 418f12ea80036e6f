"""A digest of each HMAC key, by which a key is known for one where it is sealed."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_PAIRS = sa.table("hmac_pair", sa.column("id"), sa.column("key"), sa.column("digest"))


def upgrade() -> None:
    """Add the column, empty in rows that a server of the version before adds meanwhile."""
    op.add_column("hmac_pair", sa.Column("digest", sa.String(), nullable=True))
    op.create_index("ix_hmac_pair_digest", "hmac_pair", ["digest"])
    connection = op.get_bind()
    for id_, key in connection.execute(sa.select(_PAIRS.c.id, _PAIRS.c.key)).all():
        digest = hashlib.sha256(key.encode()).hexdigest()
        connection.execute(sa.update(_PAIRS).where(_PAIRS.c.id == id_).values(digest=digest))


def downgrade() -> None:
    """Drop the column."""
    op.drop_index("ix_hmac_pair_digest", "hmac_pair")
    op.drop_column("hmac_pair", "digest")
