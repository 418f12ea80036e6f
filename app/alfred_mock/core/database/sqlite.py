"""SQLite: reads on the event loop, writes gathered into shared commits on a thread.

An indexed read takes some ten microseconds, less than handing it to a thread would. A commit waits
for the disk, so it happens elsewhere, and everything that arrives in the meantime shares the next
one: that makes durability (`synchronous=FULL`: safe against power loss) nearly free under load.
"""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from alfred_mock.core.database import schema
from alfred_mock.core.database.interface import (
    ConstraintViolated,
    DatabaseUnavailable,
    Rows,
    Transaction,
)
from alfred_mock.core.database.statements import Call
from alfred_mock.core.errors import Refusal

T = TypeVar("T")

BUSY_TIMEOUT_SECONDS = 5
_Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


class SQLite:
    """A database in a file, or in memory for as long as it is open."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._in_memory = path == ":memory:"
        self._waiting: list[tuple[Transaction[Any], asyncio.Future[Any]]] = []
        self._committing: asyncio.Future[list[_Outcome]] | None = None

    async def open(self) -> None:
        """Open the file, creating it if need be."""
        try:
            self._reader = self._connect()
            self._writer = self._reader if self._in_memory else self._connect()
        except sqlite3.Error as error:
            raise Refusal(f"cannot open the SQLite database {self._path}: {error}") from None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    async def close(self) -> None:
        """Commit what is waiting and close the file."""
        while self._committing is not None:
            await asyncio.wait([self._committing])
            await asyncio.sleep(0)
        self._thread.shutdown()
        self._writer.close()
        self._reader.close()

    async def fetch(self, call: Call) -> Rows:
        """The rows that a reading statement finds."""
        return _run(self._reader, call)

    async def write(self, call: Call) -> Rows:
        """Run one writing statement; durable when this returns."""
        return await self.transact(_single(call))

    async def transact(self, transaction: Transaction[T]) -> T:
        """Run a transaction in the next commit; durable when this returns."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((transaction, future))
        if self._committing is None:
            self._commit_waiting()
        return await future

    def _commit_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        if self._in_memory:
            _settle(self._commit(batch))
            return
        loop = asyncio.get_running_loop()
        self._committing = loop.run_in_executor(self._thread, self._commit, batch)
        self._committing.add_done_callback(self._committed)

    def _committed(self, committing: asyncio.Future[list[_Outcome]]) -> None:
        self._committing = None
        if self._waiting:
            self._commit_waiting()
        _settle(committing.result())

    def _commit(self, batch: list[tuple[Transaction[Any], asyncio.Future[Any]]]) -> list[_Outcome]:
        """Run every transaction of the batch, each on its own savepoint, and commit once."""
        writer = self._writer
        outcomes: list[_Outcome] = []
        try:
            writer.execute("BEGIN IMMEDIATE")
            for transaction, future in batch:
                writer.execute("SAVEPOINT one")
                try:
                    outcomes.append((future, _drive(writer, transaction), None))
                except Exception as error:
                    writer.execute("ROLLBACK TO one")
                    outcomes.append((future, None, error))
                writer.execute("RELEASE one")
            writer.execute("COMMIT")
        except sqlite3.Error as error:
            if writer.in_transaction:
                writer.execute("ROLLBACK")
            unavailable = DatabaseUnavailable(str(error))
            return [(future, None, unavailable) for _, future in batch]
        return outcomes

    async def revision(self) -> str | None:
        """The schema's Alembic revision, None for a database without a schema."""
        if not await self.fetch(schema.SQLITE_HAS_REVISION()):
            return None
        found = await self.fetch(schema.REVISION())
        return str(found[0][0]) if found else None

    async def upgrade(self) -> None:
        """Bring the schema to head in one transaction that no other process can share."""
        await schema.run_alembic(self._upgrade)

    def _upgrade(self) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.exc import OperationalError
        from sqlalchemy.pool import StaticPool

        engine = create_engine("sqlite://", creator=lambda: self._writer, poolclass=StaticPool)
        # Foreign keys would stand in the way of batch migrations, and can only be switched
        # outside a transaction.
        self._writer.execute("PRAGMA foreign_keys = OFF")
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                schema.upgrade(connection)
        except OperationalError as error:
            raise Refusal(f"cannot migrate {self._path}: {error.orig}") from None
        finally:
            self._writer.execute("PRAGMA foreign_keys = ON")


def _run(connection: sqlite3.Connection, call: Call) -> Rows:
    compiled = call.statement.sqlite
    try:
        # Fetching all of it also ends the read transaction, which would hold up checkpoints.
        return connection.execute(compiled.sql, compiled.arrange(call.values)).fetchall()
    except sqlite3.IntegrityError as error:
        raise ConstraintViolated(str(error)) from error
    except sqlite3.Error as error:
        raise DatabaseUnavailable(str(error)) from error


def _single(call: Call) -> Transaction[Rows]:
    return (yield call)


def _drive(connection: sqlite3.Connection, transaction: Transaction[T]) -> T:
    try:
        call = next(transaction)
        while True:
            call = transaction.send(_run(connection, call))
    except StopIteration as finished:
        result: T = finished.value
        return result


def _settle(outcomes: list[_Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():  # the request that waited for it is gone
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
