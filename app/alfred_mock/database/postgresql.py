"""PostgreSQL through asyncpg: single statements in autocommit on held connections.

BEGIN and COMMIT around a single statement would cost two more round trips than the statement
itself.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import asyncpg

from alfred_mock.database import patience
from alfred_mock.database.errors import CannotStart, ConstraintViolated, DatabaseUnavailable
from alfred_mock.database.interface import Names, Rows, Schema, Transaction, Usage
from alfred_mock.database.lookup_cache import LookupCache
from alfred_mock.database.migrations import (
    IN_POSTGRESQL,
    POSTGRESQL_TABLES,
    Migrations,
    run_alembic,
)
from alfred_mock.database.notify import Announcements, Listener
from alfred_mock.database.pool import BROKEN, Pool, TooManyWait, transaction_on
from alfred_mock.database.postgresql_check import Check
from alfred_mock.database.postgresql_pooler import CountedAnnouncements, route_of
from alfred_mock.database.statements import Call, Tally

T = TypeVar("T")

CONNECT_TIMEOUT_SECONDS = 5
STATEMENTS = 100
"""So many statements stay prepared on each connection: asyncpg's own default."""
# PostgreSQL does not notice that a client has given up or vanished while a statement waits for a
# lock, or a transaction for its next statement: without limits of its own it would keep the
# connections until there are no more of them, and the locks until somebody ends them by hand.
_LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")
# Whatever else the server has against a statement, it is the server that has to be mended: its
# roles, its locks, its disk. Or a race was lost, and the same request sent again will succeed.
_UNAVAILABLE = (*BROKEN, TooManyWait, asyncpg.PostgresError)
# After a failover a connection may lead to a server that only reads; the next one may not.
_USELESS = (*BROKEN, asyncpg.ReadOnlySQLTransactionError)


class PostgreSQL:
    """A database on a server, shared with any number of other replicas."""

    migrates_itself = False
    has_one_writer = False
    is_shared = True

    def __init__(
        self,
        url: str,
        migrations: Migrations,
        names: Names,
        *,
        listen_url: str | None,
        pool_size: int,
        timeout: float,
    ) -> None:
        """`timeout`: seconds that one request may wait for this database in all.

        `listen_url` leads to the same database past a pooler; without one and behind a pooler,
        this process looks for announcements instead of hearing them.
        """
        self._url = url
        self._listen_url = listen_url
        self._is_pooled = False
        self.hears_others = True
        self._timeout = timeout
        self._limits = dict.fromkeys(_LIMITS, f"{math.ceil(timeout * 1_000)}")
        self._migrations = migrations
        self._migration_lock = names.migration_lock
        self._pool = Pool(self._connect, most=pool_size)
        self._check = Check(self._connect, migrations)
        self._listener = Listener(self._connect_to_listen, name=names.listener)
        self._cache = LookupCache(self._listener, channel=names.changed)
        self._heard = Announcements(self._listener, self.fetch, names)
        self._counted = CountedAnnouncements(self.fetch, names)
        self._noticed: list[Callable[[str], None]] = []
        self._tallied: list[Callable[[Any], None]] = []
        self._listener.listen(
            names.noticed, self._notice, interrupted=lambda: self._notice(payload="")
        )

    async def open(self) -> None:
        """Connect to the server."""
        try:
            await self._find_route()
            self._pool.open()
            self._check.open()
            if self.hears_others:
                await self._listener.open()
        except (*_UNAVAILABLE, ValueError) as error:
            raise CannotStart(f"cannot connect to PostgreSQL: {error}") from None

    async def _find_route(self) -> None:
        both = self._listen_url is not None
        route = await route_of(await _dial(self._url, statements=0), with_server=both)
        self._is_pooled = route.is_pooled
        self.hears_others = not self._is_pooled
        if self._is_pooled and self._listen_url is not None:
            direct = await route_of(await _dial(self._listen_url, statements=0), with_server=True)
            if direct.is_pooled:
                raise CannotStart("the URL for listening leads through a pooler as well")
            if direct.server != route.server:
                raise CannotStart("the URL for listening leads to another database")
            self.hears_others = True

    async def _connect_to_listen(self) -> Any:
        return await _dial(self._listen_url if self._is_pooled else self._url)

    async def _connect(self) -> Any:
        connection = (
            await _dial(self._url, statements=0)
            if self._is_pooled
            else await _dial(self._url, limits=self._limits)
        )
        await connection.set_type_codec(
            "uuid", encoder=str, decoder=str, schema="pg_catalog", format="text"
        )
        return connection

    async def close(self) -> None:
        """Disconnect."""
        await self._heard.close()
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

    def _transaction(
        self, connection: Any, begin: str = "BEGIN"
    ) -> AbstractAsyncContextManager[None]:
        if not self._is_pooled:
            return transaction_on(connection, begin)
        # Poolers refuse most settings of a connection, and take back what is set later.
        limits = "".join(f"; SET LOCAL {name} = {value}" for name, value in self._limits.items())
        return transaction_on(connection, f"{begin}{limits}")

    async def fetch(self, call: Call) -> Rows:
        """The rows that a reading statement finds."""
        async with self._connection() as connection:
            if not self._is_pooled:
                return await _run(connection, call)
            async with self._transaction(connection):
                return await _run(connection, call)

    async def fetch_together(self, calls: Sequence[Call]) -> list[Rows]:
        """The rows that several reading statements find in one snapshot."""
        found = []
        async with (
            self._connection() as connection,
            self._transaction(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        ):
            for call in calls:
                found.append(await _run(connection, call))
                patience.renew()
        return found

    async def look_up(self, call: Call) -> Rows:
        """The rows that `fetch` would find, from memory while no change was announced."""
        return await self._cache.fetch(call, self.fetch)

    @property
    def remembered(self) -> dict[Any, Any]:
        """For what is made of such rows, while no change was announced."""
        return self._cache.remembered

    async def write(self, call: Call) -> Rows:
        """Run one writing statement; durable when this returns."""
        return await self.fetch(call)

    async def transact(self, transaction: Transaction[T]) -> T:
        """Run a transaction to its end; durable when this returns."""
        tallies: list[Any] = []
        async with self._connection() as connection, self._transaction(connection):
            try:
                call = next(transaction)
                while True:
                    if isinstance(call.statement, Tally):
                        tallies.append(call.values["what"])
                        call = transaction.send([])
                    else:
                        call = transaction.send(await _run(connection, call))
            except StopIteration as finished:
                result: T = finished.value
        for what in tallies:
            for handler in self._tallied:
                handler(what)
        return result

    def on_announcement(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Have `handler` called on every announcement, and when one may have been missed."""
        self._heard.add_handler(handler)
        self._counted.add_handler(handler)

    async def announce(self) -> None:
        """Have every replica call its handlers; returns once all have."""
        await (self._heard if self.hears_others else self._counted).announce()

    async def refresh(self) -> None:
        """Look for announcements, unless this process hears of them by itself."""
        if not self.hears_others:
            await self._counted.refresh()

    async def check(self) -> Schema:
        """Where the schema stands, asked on a connection that no request keeps busy.

        Raises:
            DatabaseUnavailable: it does not answer, takes no changes, or announces none.
        """
        if self.hears_others and not self._listener.listening:
            raise DatabaseUnavailable("what other processes announce is not heard")
        return await self._check.schema()

    def on_notice(self, handler: Callable[[str], None]) -> None:
        """Have `handler` called with the text of each `Notice` that any replica has committed."""
        self._noticed.append(handler)

    def _notice(self, payload: str) -> None:
        for handler in self._noticed:
            handler(payload)

    def on_tally(self, handler: Callable[[Any], None]) -> None:
        """Have `handler` called with each `Tally` that this process has committed."""
        self._tallied.append(handler)

    def usage(self) -> Usage:
        """How busy the connections for requests are."""
        return self._pool.usage()

    async def schema(self) -> Schema:
        """Where it stands in the schema's history."""
        try:
            return await self._migrations.find_schema(self.fetch, IN_POSTGRESQL)
        except DatabaseUnavailable as error:
            if isinstance(error.__cause__, asyncpg.UndefinedColumnError):
                raise DatabaseUnavailable("alembic_version is not Alembic's") from None
            raise

    async def upgrade(self) -> None:
        """Bring the schema to head while an advisory lock keeps other replicas waiting."""
        # SQLAlchemy's part of it is only imported where there is something to migrate.
        from alfred_mock.database.postgresql_upgrade import upgrade

        tables = await self.fetch(POSTGRESQL_TABLES())
        self._migrations.refuse_foreign([name for (name,) in tables])
        connect = partial(_dial, self._url, statements=0)
        work = partial(upgrade, connect, self._migrations, lock=self._migration_lock)
        await run_alembic(lambda: asyncio.run(work()))


async def _dial(
    url: str | None, *, statements: int = STATEMENTS, limits: dict[str, str] | None = None
) -> Any:
    return await asyncpg.connect(
        url,
        timeout=CONNECT_TIMEOUT_SECONDS,
        statement_cache_size=statements,
        server_settings=limits,
    )


async def _run(connection: Any, call: Call) -> Rows:
    compiled = call.statement.postgresql
    if call.rows is not None:
        await connection.executemany(compiled.sql, map(compiled.arrange, call.rows))
        return []
    rows: Rows = await connection.fetch(compiled.sql, *compiled.arrange(call.values))
    return rows
