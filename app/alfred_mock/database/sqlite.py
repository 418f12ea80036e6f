"""SQLite: reads on the event loop, writes in shared commits on a thread.

An indexed read takes some ten microseconds, less than handing it to a thread would; half of that is
locking, so all reads of one turn of the event loop share a transaction. They see the commits from
before the turn began, which is after each of their requests had arrived.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text

from alfred_mock.database.errors import CannotStart, DatabaseUnavailable
from alfred_mock.database.interface import Rows, Schema, Transaction, Usage
from alfred_mock.database.migrations import (
    IN_SQLITE,
    SQLITE_TABLES,
    Migrations,
    run_alembic,
)
from alfred_mock.database.sqlite_commits import SharedCommits
from alfred_mock.database.sqlite_file import DatabaseFile
from alfred_mock.database.sqlite_work import run
from alfred_mock.database.statements import Call, Statement

T = TypeVar("T")

BUSY_TIMEOUT_SECONDS = 5
LARGE_FILE_BYTES = 100_000_000
"""A look-up in a larger file reads pages that SQLite's own cache has not, a call for each."""
MOST_MAPPED_BYTES = 2_147_418_112
"""How much of such a file is mapped, so that no calls are needed: the most that SQLite allows."""
_SETTINGS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "wal_autocheckpoint = 0",
)
# A number in the file's header that SQLite leaves to applications.
_ANNOUNCED = Statement(text("PRAGMA user_version"))


class SQLite:
    """A database in a file, or in memory for as long as it is open."""

    migrates_itself = True
    has_one_writer = True
    hears_others = False

    def __init__(self, path: str, migrations: Migrations, *, is_shared: bool = False) -> None:
        self.is_shared = is_shared
        self._path = path
        self._in_memory = path == ":memory:"
        self._file = DatabaseFile(path)
        self._damage: str | None = None
        self._migrations = migrations
        self._handlers: list[Callable[[], Awaitable[None]]] = []
        self._noticed: list[Callable[[str], None]] = []
        self._tallied: list[Callable[[Any], None]] = []
        self._announced = 0
        self._reading = False
        self._looked_up: dict[Any, Any] = {}

    async def open(self) -> None:
        """Open the file, creating it if need be."""
        try:
            with self._file.opening():
                self._writer = self._connect()
            # A file that is locked or read-only can be opened, but is of no use.
            self._writer.execute("BEGIN IMMEDIATE")
            self._writer.execute("ROLLBACK")
            self._reader = self._writer if self._in_memory else self._connect_to_read()
        except sqlite3.Error as error:
            raise CannotStart(f"cannot open the SQLite database {self._path}: {error}") from None
        self._commits = SharedCommits(
            self._writer,
            self._connect,
            self._file.verify,
            in_memory=self._in_memory,
            noticed=self._notice,
            tallied=self._tally,
        )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _connect_to_read(self) -> sqlite3.Connection:
        connection = self._connect()
        if Path(self._path).stat().st_size > LARGE_FILE_BYTES:
            connection.execute(f"PRAGMA mmap_size = {MOST_MAPPED_BYTES}")
        return connection

    async def close(self) -> None:
        """Commit what is waiting and close the file."""
        await self._commits.close()
        self._writer.close()
        self._reader.close()

    async def fetch(self, call: Call) -> Rows:
        """The rows that a reading statement finds."""
        if not self._reading and not self._in_memory:
            loop = asyncio.get_running_loop()
            self._file.verify_now_and_then(loop.time())
            try:
                self._reader.execute("BEGIN")
            except sqlite3.Error as error:
                raise DatabaseUnavailable(str(error)) from error
            self._reading = True
            loop.call_soon(self._end_reading)
        try:
            return run(self._reader, call)
        except DatabaseUnavailable as error:
            # A database that is only busy raises a subclass; what is damaged stays so.
            if type(error.__cause__) is sqlite3.DatabaseError:
                self._damage = str(error)
            raise

    def _end_reading(self) -> None:
        self._reading = False
        self._looked_up.clear()
        with contextlib.suppress(sqlite3.Error):  # closed in the meantime
            self._reader.execute("COMMIT")

    async def fetch_together(self, calls: Sequence[Call]) -> list[Rows]:
        """The rows that several reading statements find, read on a thread and a connection apart.

        In memory there is only one connection, on which they are a transaction like any other.
        """
        if self._in_memory:
            return await self.transact(_rows_of(calls))
        return await asyncio.to_thread(self._fetch_apart, calls)

    def _fetch_apart(self, calls: Sequence[Call]) -> list[Rows]:
        self._file.verify()
        try:
            with contextlib.closing(self._connect_to_read()) as connection:
                connection.execute("BEGIN")
                return [run(connection, call) for call in calls]
        except sqlite3.Error as error:
            raise DatabaseUnavailable(str(error)) from error

    async def look_up(self, call: Call) -> Rows:
        """The same, once for all that ask in one read transaction: they would find the same rows.

        With `remembered` that saves 20 % of what a detail costs without its sockets, where many
        ask at a time.

        Beyond its end nothing is kept: reading the file takes no longer than to check whether
        another process has changed it.
        """
        key = (call.statement, *call.values.values())
        rows: Rows | None = self._looked_up.get(key)
        if rows is None:
            rows = await self.fetch(call)
            if self._reading:
                self._looked_up[key] = rows
        return rows

    @property
    def remembered(self) -> dict[Any, Any]:
        """For what is made of such rows, until the read transaction ends."""
        return self._looked_up if self._reading else {}

    async def write(self, call: Call) -> Rows:
        """Run one writing statement in the next commit; durable when this returns."""
        rows: Rows = await self._commits.next(call)
        return rows

    async def transact(self, transaction: Transaction[T]) -> T:
        """Run a transaction in the next commit; durable when this returns."""
        result: T = await self._commits.next(transaction)
        return result

    def on_announcement(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Have `handler` called after each announcement; `refresh` does so in other processes."""
        self._handlers.append(handler)

    async def announce(self) -> None:
        """Call the handlers; other processes do so when they `refresh`."""
        self._announced = await self.transact(_count_announcement())
        await self._call_handlers()

    async def refresh(self) -> None:
        """Call the handlers if another process has announced something."""
        ((announced,),) = await self.fetch(_ANNOUNCED())
        if announced != self._announced:
            self._announced = announced
            await self._call_handlers()

    async def _call_handlers(self) -> None:
        for handler in self._handlers:
            await handler()

    def on_notice(self, handler: Callable[[str], None]) -> None:
        """Have `handler` called with the text of each `Notice` that this process has committed."""
        self._noticed.append(handler)

    def _notice(self, payload: str) -> None:
        for handler in self._noticed:
            handler(payload)

    def on_tally(self, handler: Callable[[Any], None]) -> None:
        """Have `handler` called with each `Tally` that this process has committed."""
        self._tallied.append(handler)

    def _tally(self, what: Any) -> None:
        for handler in self._tallied:
            handler(what)

    def usage(self) -> Usage:
        """How much waits for the next commit."""
        return Usage(self._commits.waiting)

    async def schema(self) -> Schema:
        """Where it stands in the schema's history."""
        return await self._migrations.find_schema(self.fetch, IN_SQLITE)

    async def check(self) -> Schema:
        """The same as `schema`, once the file is found to be usable.

        Raises:
            DatabaseUnavailable: the file is not what it was, or the last commit has failed.
        """
        self._file.verify()
        if self._damage is not None:
            raise DatabaseUnavailable(f"the database is damaged: {self._damage}")
        await self._commits.check()
        return await self.schema()

    async def upgrade(self) -> None:
        """Bring the schema to head in one transaction that no other process can share."""
        if not await asyncio.to_thread(self._make_new):
            self._migrations.refuse_foreign([name for (name,) in await self.fetch(SQLITE_TABLES())])
            await run_alembic(self._upgrade)

    def _make_new(self) -> bool:
        """Make the whole schema in an empty database; False where there is one already."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            is_empty = not self._writer.execute("SELECT 1 FROM sqlite_master").fetchall()
            for statement in self._migrations.new_sqlite_schema() if is_empty else ():
                self._writer.execute(statement)
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            raise CannotStart(f"cannot write to {self._path}: {error}") from None
        return is_empty

    def _upgrade(self) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.exc import DBAPIError
        from sqlalchemy.pool import StaticPool

        engine = create_engine("sqlite://", creator=lambda: self._writer, poolclass=StaticPool)
        # Foreign keys would stand in the way of batch migrations, and can only be switched
        # outside a transaction.
        self._writer.execute("PRAGMA foreign_keys = OFF")
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                self._migrations.upgrade(connection)
        except DBAPIError as error:
            raise CannotStart(f"cannot migrate {self._path}: {error.orig}") from None
        finally:
            self._writer.execute("PRAGMA foreign_keys = ON")


def _rows_of(calls: Sequence[Call]) -> Transaction[list[Rows]]:
    found = []
    for call in calls:
        found.append((yield call))  # noqa: PERF401 - a comprehension cannot yield
    return found


def _count_announcement() -> Transaction[int]:
    ((announced,),) = yield _ANNOUNCED()
    yield Statement(text(f"PRAGMA user_version = {announced + 1}"))()
    return int(announced) + 1
