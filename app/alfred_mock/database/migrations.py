"""The schema's history: which revision is newest, how to get there, and whom a schema serves.

The revisions are files named after their number, so the newest one can be told without importing
Alembic, which a plain start does not need.

A version of the application is named by its head, the newest revision that it knows. Each revision
says which is the oldest version that still works on the schema it makes, its `serves_from`.
`env.py` stores that beside the number of the revision, so an older version can read it there.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from alfred_mock.database.errors import CannotStart
from alfred_mock.database.interface import Rows, Schema
from alfred_mock.database.statements import Call, Statement

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

REVISION = Statement(text("SELECT version_num FROM alembic_version"))
_SERVES_FROM = text("SELECT serves_from FROM alembic_version")
SERVES_FROM = Statement(_SERVES_FROM)


class Presence(NamedTuple):
    """Finds Alembic's table, and the column in it that is ours, in one of the databases."""

    table: Statement
    serves_from: Statement


IN_SQLITE = Presence(
    Statement(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")),
    Statement(
        text("SELECT 1 FROM pragma_table_info('alembic_version') WHERE name = 'serves_from'")
    ),
)
IN_POSTGRESQL = Presence(
    Statement(
        text(
            "SELECT 1 FROM pg_tables WHERE tablename = 'alembic_version'"
            " AND schemaname = ANY (current_schemas(false))"
        )
    ),
    Statement(
        text(
            "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('alembic_version')"
            " AND attname = 'serves_from' AND NOT attisdropped"
        )
    ),
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

    async def find_schema(
        self, fetch: Callable[[Call], Awaitable[Rows]], presence: Presence
    ) -> Schema:
        """Where the database that `fetch` asks stands."""
        rows = await fetch(REVISION()) if await fetch(presence.table()) else []
        if not rows:
            return Schema(None)
        revision = str(rows[0][0])
        if revision <= self.head or not await fetch(presence.serves_from()):
            return Schema(revision)
        ((serves_from,),) = await fetch(SERVES_FROM())
        return Schema(revision, serves_from)

    def explain_difference(self, schema: Schema) -> str | None:
        """Why a database with this schema cannot be used by this version, None if it can."""
        head, (found, serves_from) = self.head, schema
        if found == head:
            return None
        if found is None:
            return f"the database has no schema yet (head is {head}): run `{self._command}`"
        if found < head:
            return f"the schema is at {found}, behind head {head}: run `{self._command}`"
        if serves_from is not None and serves_from <= head:
            return None
        oldest = found if serves_from is None else serves_from
        return (
            f"the schema is at {found}, newer than this version knows (head is {head}), and serves"
            f" only versions whose head is {oldest} or newer"
        )

    def is_older(self, schema: Schema) -> bool:
        """Whether there is something to migrate."""
        return schema.revision is None or schema.revision < self.head

    def is_newer(self, schema: Schema) -> bool:
        """Whether a newer version of the application has migrated it."""
        return schema.revision is not None and schema.revision > self.head

    def describe(self, schema: Schema) -> str:
        """Where a schema that can be used stands."""
        stands = f"schema is at {schema.revision}"
        if not self.is_newer(schema):
            return stands
        return f"{stands}, newer than this version (head is {self.head}), which it still serves"

    def config(self, connection: "Connection | None" = None) -> "Config":
        """Alembic's configuration; all of it is here, so there is no ini file."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(self.folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        return config

    def upgrade(self, connection: "Connection") -> None:
        """Bring the schema that the connection sees to head; a newer one that serves us stays.

        Raises:
            CannotStart: the schema is newer, and serves this version of the application no more.
        """
        while not self.step(connection):
            pass

    def step(self, connection: "Connection") -> bool:
        """Go to the next revision, from nothing to head at once; True if there is no other.

        So each revision can have a transaction of its own, and hold its locks no longer.

        Raises:
            CannotStart: as `upgrade`.
        """
        from alembic import command
        from alembic.util import CommandError

        try:
            found = self._found(connection)
            if not self.is_older(found):
                difference = self.explain_difference(found)
                if difference is not None:
                    raise CannotStart(difference)
                return True
            command.upgrade(self.config(connection), "+1" if found.revision else "head")
        except CommandError as error:
            raise CannotStart(f"cannot migrate the database: {error}") from None
        return self._found(connection).revision == self.head

    def _found(self, connection: "Connection") -> Schema:
        from alembic.migration import MigrationContext

        revision = MigrationContext.configure(connection).get_current_revision()
        schema = Schema(revision)
        if not self.is_newer(schema):
            return schema
        return Schema(revision, connection.execute(_SERVES_FROM).scalar())


_one_at_a_time = threading.Lock()


async def run_alembic(work: Callable[[], None]) -> None:
    """Do Alembic's work on a thread, one after the other: it keeps its context in globals."""

    def alone() -> None:
        with _one_at_a_time:
            work()

    await asyncio.to_thread(alone)
