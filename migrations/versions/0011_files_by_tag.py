"""Files of a tag in the order in which they are shown, to be read page by page."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NAME = "ix_file_tag_id_creation_date_position_id"


def upgrade() -> None:
    """Create the index; most files have no tag until they are processed."""
    op.create_index(_NAME, "file", ["tag_id", "creation_date", "position", "id"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index(_NAME, "file")
