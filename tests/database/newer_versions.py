"""Versions of the application that are yet to come, as far as the schema goes."""

import shutil
from pathlib import Path

from alfred_mock.core.database import MIGRATIONS, NAMES
from alfred_mock.database import Database, opening
from alfred_mock.database.migrations import Migrations

ADDS = """
    op.add_column("deferred_session", sa.Column("colour", sa.String(), nullable=True))
    op.add_column("job", sa.Column("pages", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("file", sa.Column("pages", sa.Integer(), nullable=False, server_default="0"))
    op.create_table("invoice", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_index("ix_job_pages", "job", ["pages"])
"""
"""What a version before does not notice."""
BREAKS = """
    op.alter_column("deferred_session", "user_name", new_column_name="created_by")
"""
"""What a version before cannot live with."""


class NewerVersion:
    """A copy of the migrations, to which revisions are added."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "migrations"
        shutil.copytree(MIGRATIONS.folder, self._folder)

    def add(self, upgrade: str, *, serves_from: str | None) -> str:
        """Write the next revision, which serves versions from this one on; its number."""
        before = self.migrations.head
        revision = f"{int(before) + 1:04}"
        (self._folder / "versions" / f"{revision}_next.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision, down_revision = {revision!r}, {before!r}\n"
            + ("" if serves_from is None else f"serves_from = {serves_from!r}\n")
            + f"def upgrade() -> None:\n    {upgrade.strip()}\n"
            "def downgrade() -> None:\n    pass\n"
        )
        return revision

    @property
    def migrations(self) -> Migrations:
        """All of them, as they are by now."""
        return Migrations(self._folder, command="alfred-mock migrate", table=MIGRATIONS.table)

    async def migrate(self, url: str) -> None:
        """What `alfred-mock migrate` of that version does."""
        database = self._database(url)
        await database.open()
        try:
            await database.upgrade()
        finally:
            await database.close()

    def _database(self, url: str) -> Database:
        return opening.database_for(
            url,
            migrations=self.migrations,
            names=NAMES,
            listen_url=None,
            pool_size=2,
            timeout=5.0,
            workers=1,
        )
