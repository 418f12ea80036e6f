"""PostgreSQL through asyncpg: single statements in autocommit on held connections.

BEGIN and COMMIT around a single statement would cost two more round trips than the statement
itself.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg

from alfred_mock.database import patience
from alfred_mock.database.errors import CannotStart, ConstraintViolated, DatabaseUnavailable
from alfred_mock.database.interface import Names, Rows, Transaction
from alfred_mock.database.lookup_cache import LookupCache
from alfred_mock.database.migrations import (
    POSTGRESQL_HAS_REVISION,
    POSTGRESQL_TABLES,
    REVISION,
    Migrations,
    run_alembic,
)
from alfred_mock.database.notify import Announcements, Listener
from alfred_mock.database.pool import BROKEN, Pool, TooManyWait
from alfred_mock.database.postgresql_check import Check
from alfred_mock.database.statements import Call

T = TypeVar("T")

CONNECT_TIMEOUT_SECONDS = 5
# Whatever else the server has against a statement, it is the server that has to be mended: its
# roles, its locks, its disk. Or a race was lost, and the same request sent again will succeed.
_UNAVAILABLE = (*BROKEN, TooManyWait, asyncpg.PostgresError)
# After a failover a connection may lead to a server that only reads; the next one may not.
_USELESS = (*BROKEN, asyncpg.ReadOnlySQLTransactionError)


class PostgreSQL:
    """A database on a server, shared with any number of other replicas."""

    migrates_itself = False
    is_shared = True

    def __init__(
        self, url: str, migrations: Migrations, names: Names, *, pool_size: int, timeout: float
    ) -> None:
        """`timeout`: seconds that one request may wait for this database in all."""
        self._url = url
        self._timeout = timeout
        self._migrations = migrations
        self._migration_lock = names.migration_lock
        self._pool = Pool(self._connect, most=pool_size)
        self._check = Check(self._connect, table=migrations.table)
        self._listener = Listener(self._connect, name=names.listener)
        self._cache = LookupCache(self._listener, channel=names.changed)
        self._announcements = Announcements(self._listener, self.fetch, names)

    async def open(self) -> None:
        """Connect to the server."""
        try:
            await self._listener.open()
            self._pool.open()
            self._check.open()
        except (*_UNAVAILABLE, ValueError) as error:
            raise CannotStart(f"cannot connect to PostgreSQL: {error}") from None

    async def _connect(self) -> Any:
        connection = await asyncpg.connect(self._url, timeout=CONNECT_TIMEOUT_SECONDS)
        await connection.set_type_codec(
            "uuid", encoder=str, decoder=str, schema="pg_catalog", format="text"
        )
        return connection

    async def close(self) -> None:
        """Disconnect."""
        await self._announcements.close()
        self._cache.clear()
        # Together: a server that hangs is not waited for one after the other.
        await asyncio.gather(self._listener.close(), self._pool.close(), self._check.close())

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            async with patience.current().limit(self._timeout):
                connection = await self._pool.take()
                try:
                    yield connection
                except (asyncio.CancelledError, *_USELESS):
                    # It may be in the middle of something.
                    connection.terminate()
                    raise
                finally:
                    self._pool.give_back(connection)
        except asyncpg.IntegrityConstraintViolationError as error:
            raise ConstraintViolated(str(error)) from error
        except TimeoutError:
            raise DatabaseUnavailable(f"no answer within {self._timeout:g} s") from None
        except _UNAVAILABLE as error:
            raise DatabaseUnavailable(f"{type(error).__name__}: {error}") from error

    async def fetch(self, call: Call) -> Rows:
        """The rows that a reading statement finds."""
        async with self._connection() as connection:
            return await _run(connection, call)

    async def look_up(self, call: Call) -> Rows:
        """The rows that `fetch` would find, from memory while no change was announced."""
        return await self._cache.fetch(call, self.fetch)

    async def write(self, call: Call) -> Rows:
        """Run one writing statement; durable when this returns."""
        return await self.fetch(call)

    async def transact(self, transaction: Transaction[T]) -> T:
        """Run a transaction to its end; durable when this returns."""
        async with self._connection() as connection, connection.transaction():
            try:
                call = next(transaction)
                while True:
                    call = transaction.send(await _run(connection, call))
            except StopIteration as finished:
                result: T = finished.value
                return result

    def on_announcement(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Have `handler` called on every announcement, and when one may have been missed."""
        self._announcements.add_handler(handler)

    async def announce(self) -> None:
        """Have every replica call its handlers; returns once all have."""
        await self._announcements.announce()

    async def refresh(self) -> None:
        """Nothing: this process hears of every announcement by itself."""

    async def check(self) -> str | None:
        """The schema's revision, asked on a connection that no request keeps busy.

        Raises:
            DatabaseUnavailable: it does not answer, takes no changes, or announces none.
        """
        if not self._listener.listening:
            raise DatabaseUnavailable("what other processes announce is not heard")
        return await self._check.revision()

    async def revision(self) -> str | None:
        """The schema's Alembic revision, None for a database without a schema."""
        if not await self.fetch(POSTGRESQL_HAS_REVISION()):
            return None
        try:
            found = await self.fetch(REVISION())
        except DatabaseUnavailable as error:
            if isinstance(error.__cause__, asyncpg.UndefinedColumnError):
                raise DatabaseUnavailable("alembic_version is not Alembic's") from None
            raise
        return str(found[0][0]) if found else None

    async def upgrade(self) -> None:
        """Bring the schema to head while an advisory lock keeps other replicas waiting."""
        tables = await self.fetch(POSTGRESQL_TABLES())
        self._migrations.refuse_foreign([name for (name,) in tables])
        await run_alembic(lambda: asyncio.run(self._upgrade()))

    async def _upgrade(self) -> None:
        from sqlalchemy import text
        from sqlalchemy.exc import DBAPIError
        from sqlalchemy.ext.asyncio import create_async_engine
        from sqlalchemy.pool import NullPool

        engine = create_async_engine(
            "postgresql+asyncpg://",
            # SQLAlchemy brings its own way with UUIDs.
            async_creator=lambda: asyncpg.connect(self._url, timeout=CONNECT_TIMEOUT_SECONDS),
            poolclass=NullPool,
        )
        try:
            async with engine.begin() as connection:
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": self._migration_lock}
                )
                await connection.run_sync(self._migrations.upgrade)
        except OSError as error:
            raise CannotStart(f"cannot connect to PostgreSQL: {error}") from None
        except DBAPIError as error:
            reason = str(error.orig).partition(": ")[2] or error.orig
            raise CannotStart(f"cannot migrate the database: {reason}") from None
        finally:
            await engine.dispose()


async def _run(connection: Any, call: Call) -> Rows:
    compiled = call.statement.postgresql
    if call.rows is not None:
        await connection.executemany(compiled.sql, map(compiled.arrange, call.rows))
        return []
    rows: Rows = await connection.fetch(compiled.sql, *compiled.arrange(call.values))
    return rows
