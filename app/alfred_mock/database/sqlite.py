"""SQLite: reads on the event loop, writes gathered into shared commits on a thread.

An indexed read takes some ten microseconds, less than handing it to a thread would; half of that is
locking, so all reads of one turn of the event loop share a transaction. They see what was committed
when the turn began, after each of their requests had arrived. A commit waits
for the disk, so it happens elsewhere, and everything that arrives in the meantime shares the next
one: that makes durability (`synchronous=FULL`: safe against power loss) nearly free under load.
Checkpoints, which copy what was committed into the database's own file, wait for the disk for even
longer; they have a thread and a connection of their own and hold nobody up.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text

from alfred_mock.database import migrations
from alfred_mock.database.errors import CannotStart, ConstraintViolated, DatabaseUnavailable
from alfred_mock.database.interface import Rows, Transaction
from alfred_mock.database.statements import Call, Statement

T = TypeVar("T")

BUSY_TIMEOUT_SECONDS = 5
LARGE_FILE_BYTES = 100_000_000
"""A look-up in a larger file reads pages that SQLite's own cache has not, a call for each."""
MOST_MAPPED_BYTES = 2_147_418_112
"""What is mapped of such a file, so that no calls are needed: the most that SQLite allows."""

WRITES_PER_CHECKPOINT = 4_000
BYTES_PER_WRITE = 16_384
"""What a write adds to the log as a rule; a transaction with more data counts as several."""
_SETTINGS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "wal_autocheckpoint = 0",
)
# A number that SQLite keeps in the file's header for whoever wants to use it.
_ANNOUNCED = Statement(text("PRAGMA user_version"))
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"

_Work = tuple[Call | Transaction[Any], asyncio.Future[Any]]
_Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]
_Batch = tuple[list[_Outcome], int]
"""What came of each piece of work, and how many bytes of data were in the transactions."""


class SQLite:
    """A database in a file, or in memory for as long as it is open."""

    migrates_itself = True

    def __init__(self, path: str, *, is_shared: bool = False) -> None:
        self.is_shared = is_shared
        self._handlers: list[Callable[[], Awaitable[None]]] = []
        self._announced = 0
        self._path = path
        self._in_memory = path == ":memory:"
        self._waiting: list[_Work] = []
        self._committing: asyncio.Future[_Batch] | None = None
        self._checkpointing: Future[None] | None = None
        self._checkpoint_to_finish = False
        self._written = 0
        self._data_bytes = 0
        self._reading = False

    async def open(self) -> None:
        """Open the file, creating it if need be."""
        try:
            self._writer = self._connect()
            self._reader = self._writer if self._in_memory else self._connect_to_read()
        except sqlite3.Error as error:
            raise CannotStart(f"cannot open the SQLite database {self._path}: {error}") from None
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self._checkpointer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-checkpoint")

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
        while self._committing is not None:
            await asyncio.wait([self._committing])
            await asyncio.sleep(0)
        self._committer.shutdown()
        self._checkpointer.shutdown()
        self._writer.close()
        self._reader.close()

    async def fetch(self, call: Call) -> Rows:
        """The rows that a reading statement finds."""
        if not self._reading and not self._in_memory:
            try:
                self._reader.execute("BEGIN")
            except sqlite3.Error as error:
                raise DatabaseUnavailable(str(error)) from error
            self._reading = True
            asyncio.get_running_loop().call_soon(self._end_reading)
        return _run(self._reader, call)

    def _end_reading(self) -> None:
        self._reading = False
        with contextlib.suppress(sqlite3.Error):  # closed in the meantime
            self._reader.execute("COMMIT")

    async def look_up(self, call: Call) -> Rows:
        """The same: a file that is read is as quick as a memory that is checked for staleness."""
        return await self.fetch(call)

    async def write(self, call: Call) -> Rows:
        """Run one writing statement in the next commit; durable when this returns."""
        rows: Rows = await self._commit_next(call)
        return rows

    async def transact(self, transaction: Transaction[T]) -> T:
        """Run a transaction in the next commit; durable when this returns."""
        result: T = await self._commit_next(transaction)
        return result

    def _commit_next(self, work: Call | Transaction[Any]) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._committing is None:
            self._commit_waiting()
        return future

    def _commit_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        if self._in_memory:
            _settle(self._commit(batch)[0])
            return
        loop = asyncio.get_running_loop()
        self._committing = loop.run_in_executor(self._committer, self._commit, batch)
        self._committing.add_done_callback(self._committed)

    def _committed(self, committing: asyncio.Future[_Batch]) -> None:
        self._committing = None
        if self._waiting:
            self._commit_waiting()
        outcomes, data_bytes = committing.result()
        _settle(outcomes)
        self._written += len(outcomes) + data_bytes // BYTES_PER_WRITE
        if self._written >= WRITES_PER_CHECKPOINT and (
            self._checkpointing is None or self._checkpointing.done()
        ):
            self._written = 0
            self._checkpointing = self._checkpointer.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        # Where it fails another one will be due soon.
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._connect()) as connection:
            connection.execute(_CHECKPOINT).fetchall()
        self._checkpoint_to_finish = True

    def _commit(self, batch: list[_Work]) -> _Batch:
        """Do all the work of the batch and commit once."""
        writer = self._writer
        outcomes: list[_Outcome] = []
        self._data_bytes = 0
        try:
            if self._checkpoint_to_finish:
                # What was committed while the checkpoint ran is little, and once that is copied
                # too, the log starts again from its beginning instead of growing.
                self._checkpoint_to_finish = False
                writer.execute(_CHECKPOINT).fetchall()
            writer.execute("BEGIN IMMEDIATE")
            for work, future in batch:
                try:
                    # A single statement undoes itself when it fails.
                    done = _run(writer, work) if isinstance(work, Call) else self._drive(work)
                except Exception as error:
                    outcomes.append((future, None, error))
                else:
                    outcomes.append((future, done, None))
            writer.execute("COMMIT")
        except sqlite3.Error as error:
            if writer.in_transaction:
                writer.execute("ROLLBACK")
            unavailable = DatabaseUnavailable(str(error))
            return [(future, None, unavailable) for _, future in batch], 0
        return outcomes, self._data_bytes

    def _drive(self, transaction: Transaction[T]) -> T:
        """Run a transaction on a savepoint of its own, inside the one that is to be committed."""
        writer = self._writer
        writer.execute("SAVEPOINT one")
        try:
            call = next(transaction)
            while True:
                # Whatever becomes of it, it may be in the log by then.
                for value in call.values.values():
                    if isinstance(value, (bytes, str)):
                        self._data_bytes += len(value)
                call = transaction.send(_run(writer, call))
        except StopIteration as finished:
            writer.execute("RELEASE one")
            result: T = finished.value
            return result
        except Exception:
            writer.execute("ROLLBACK TO one")
            writer.execute("RELEASE one")
            raise

    def on_announcement(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Add a handler, called after each announcement, where it is shared by `refresh`."""
        self._handlers.append(handler)

    async def announce(self) -> None:
        """Call the handlers; other processes do so when they `refresh`."""
        self._announced = await self.transact(_count_announcement())
        for handler in self._handlers:
            await handler()

    async def refresh(self) -> None:
        """Call the handlers if another process has announced something."""
        ((announced,),) = await self.fetch(_ANNOUNCED())
        if announced != self._announced:
            self._announced = announced
            for handler in self._handlers:
                await handler()

    async def revision(self) -> str | None:
        """The schema's Alembic revision, None for a database without a schema."""
        if not await self.fetch(migrations.SQLITE_HAS_REVISION()):
            return None
        found = await self.fetch(migrations.REVISION())
        return str(found[0][0]) if found else None

    async def upgrade(self) -> None:
        """Bring the schema to head in one transaction that no other process can share."""
        if not await asyncio.to_thread(self._make_new):
            await migrations.run_alembic(self._upgrade)

    def _make_new(self) -> bool:
        """Make the whole schema in an empty database; False where there is one already."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            is_empty = not self._writer.execute("SELECT 1 FROM sqlite_master").fetchall()
            for statement in migrations.new_sqlite_schema() if is_empty else ():
                self._writer.execute(statement)
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            raise CannotStart(f"cannot write to {self._path}: {error}") from None
        return is_empty

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
                migrations.upgrade(connection)
        except OperationalError as error:
            raise CannotStart(f"cannot migrate {self._path}: {error.orig}") from None
        finally:
            self._writer.execute("PRAGMA foreign_keys = ON")


def _count_announcement() -> Transaction[int]:
    ((announced,),) = yield _ANNOUNCED()
    yield Statement(text(f"PRAGMA user_version = {announced + 1}"))()
    return int(announced) + 1


def _run(connection: sqlite3.Connection, call: Call) -> Rows:
    compiled = call.statement.sqlite
    try:
        # Fetching all of it also ends the read transaction, which would hold up checkpoints.
        return connection.execute(compiled.sql, compiled.arrange(call.values)).fetchall()
    except sqlite3.IntegrityError as error:
        raise ConstraintViolated(str(error)) from error
    except sqlite3.Error as error:
        raise DatabaseUnavailable(str(error)) from error


def _settle(outcomes: list[_Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():  # the request that waited for it is gone
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
