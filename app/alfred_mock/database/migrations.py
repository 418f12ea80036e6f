"""The schema's history: which revision is newest, and how to get there.

The revisions are files named after their number, so the newest one can be told without importing
Alembic, which a plain start does not need.
"""

import asyncio
import threading
from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from alfred_mock.database.errors import CannotStart
from alfred_mock.database.statements import Statement

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

REVISION = Statement(text("SELECT version_num FROM alembic_version"))
SQLITE_HAS_REVISION = Statement(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"))
POSTGRESQL_HAS_REVISION = Statement(
    text(
        "SELECT 1 FROM pg_tables WHERE tablename = 'alembic_version'"
        " AND schemaname = ANY (current_schemas(false))"
    )
)


SQLITE_TABLES = Statement(
    text(
        "SELECT name FROM sqlite_master"
        " WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'"
    )
)
# Those of an extension, such as PostGIS, are nobody's.
POSTGRESQL_TABLES = Statement(
    text(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')"
    )
)


class Migrations:
    """A folder of Alembic revisions."""

    def __init__(self, folder: Path, *, command: str, table: str) -> None:
        """`command` is the one that an operator runs to migrate; messages name it.

        `table` is one that the first revision makes: whoever has it is ours.
        """
        self.folder = folder
        self._command = command
        self.table = table

    def refuse_foreign(self, tables: Collection[str]) -> None:
        """Make sure that a database with these tables is empty, or ours.

        Raises:
            CannotStart: it is another application's; nothing of ours is put beside its tables.
        """
        others = sorted({*tables} - {"alembic_version"})
        if tables and self.table not in tables:
            shown = ", ".join(others[:3]) + (", …" if len(others) > 3 else "")
            raise CannotStart(
                f"the database is another application's: it has {shown or 'an alembic_version'},"
                f" but not {self.table}"
            )

    @cached_property
    def head(self) -> str:
        """The newest revision that this version of the application knows."""
        files = (self.folder / "versions").glob("[0-9]*_*.py")
        return max(file.name.partition("_")[0] for file in files)

    def new_sqlite_schema(self) -> list[str]:
        """The statements that make a new SQLite database as the migrations would have left it.

        They are a record of what the migrations do, so that a new database, which a test run begins
        with every time, needs no Alembic either.
        """
        script = (self.folder / "sqlite.sql").read_text("utf-8")
        return [statement for statement in script.split(";\n") if statement.strip()]

    def explain_difference(self, found: str | None) -> str | None:
        """Why a database at this revision cannot be served, None if it can."""
        head = self.head
        if found == head:
            return None
        if found is None:
            return f"the database has no schema yet (head is {head}): run `{self._command}`"
        if found > head:
            return f"the schema is at {found}, newer than this version knows (head is {head})"
        return f"the schema is at {found}, behind head {head}: run `{self._command}`"

    def config(self, connection: "Connection | None" = None) -> "Config":
        """Alembic's configuration; all of it is here, so there is no ini file."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(self.folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        return config

    def upgrade(self, connection: "Connection") -> None:
        """Bring the schema that the connection sees to head.

        Raises:
            CannotStart: the schema is newer than this version of the application.
        """
        from alembic import command
        from alembic.util import CommandError

        try:
            command.upgrade(self.config(connection), "head")
        except CommandError as error:
            raise CannotStart(f"cannot migrate the database: {error}") from None


_one_at_a_time = threading.Lock()


async def run_alembic(work: Callable[[], None]) -> None:
    """Do Alembic's work on a thread, one after the other: it keeps its context in globals."""

    def alone() -> None:
        with _one_at_a_time:
            work()

    await asyncio.to_thread(alone)
