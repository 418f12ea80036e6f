"""Shared commits: SQLite's only writer, on a thread.

A commit waits for the disk, so it happens on a thread, and all work that arrives in the meantime
shares the next one: that makes durability (`synchronous=FULL`: safe against power loss) nearly free
under load. Checkpoints, which copy commits from the log into the database's own file, wait for the
disk for even longer; they have a thread and a connection of their own and delay no commit.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import text

from alfred_mock.database.errors import DatabaseUnavailable
from alfred_mock.database.interface import Transaction
from alfred_mock.database.sqlite_work import Work, insert_together, run
from alfred_mock.database.statements import Call, Notice, Statement, Tally

T = TypeVar("T")

WRITES_PER_CHECKPOINT = 4_000
BYTES_PER_WRITE = 16_384
"""What a write adds to the log as a rule; a transaction with more data counts as several."""
BYTES_PER_STATEMENT = 4_096
"""The same of each statement in a transaction, beside its data."""
CHECK_SECONDS = 2
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"
_NUMBER = Statement(text("PRAGMA user_version"))

_Waiting = tuple[Work, asyncio.Future[Any]]
_Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]
_Batch = tuple[list[_Outcome], int, list[Call]]
"""The outcome of each piece of work, how many bytes of data were in the transactions, and their
notices and tallies."""


class SharedCommits:
    """Does all writing, one commit for everything that waits."""

    def __init__(
        self,
        writer: sqlite3.Connection,
        connect: Callable[[], sqlite3.Connection],
        verify: Callable[[], None],
        *,
        in_memory: bool,
        noticed: Callable[[str], None],
        tallied: Callable[[Any], None],
    ) -> None:
        """`connect` opens the connections for checkpoints; a database in memory needs no thread.

        `verify` raises `DatabaseUnavailable` if the file is not where it was. `noticed` is called
        with the text of each notice that was committed, `tallied` with each tally.
        """
        self._loop = asyncio.get_running_loop()
        self._noticed = noticed
        self._tallied = tallied
        self._said: list[Call] = []
        self._writer = writer
        self._verify = verify
        self._failure: str | None = None
        self._connect = connect
        self._in_memory = in_memory
        # A pool of two would hand commits from thread to thread, which costs the loop time.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commits")
        self._checkpoint_thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-checkpoints")
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Future[_Batch] | None = None
        self._written = 0
        self._data_bytes = 0
        self._checkpoint_to_finish = False
        self.checkpointing: Future[None] | None = None
        """The latest checkpoint."""

    def next(self, work: Work) -> asyncio.Future[Any]:
        """Do this work in the next commit; its result is there once it is durable."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append((work, future))
        if self._in_memory:
            self._commit_waiting()
        elif self._committing is None and len(self._waiting) == 1:
            # Once the turn of the loop is over: until then there may be more, and a thread that
            # works meanwhile takes the interpreter's lock from it again and again.
            self._loop.call_soon(self._commit_turn)
        return future

    def _commit_turn(self) -> None:
        if self._committing is None and self._waiting:
            self._commit_waiting()

    @property
    def waiting(self) -> int:
        """How many pieces of work wait for the next commit."""
        return len(self._waiting)

    async def check(self) -> None:
        """If the last commit has failed, find out whether one would succeed by now.

        Raises:
            DatabaseUnavailable: it does not.
        """
        if self._failure is not None:
            try:
                await asyncio.wait_for(self.next(_write_the_same()), CHECK_SECONDS)
            except TimeoutError:
                raise DatabaseUnavailable(f"{self._failure}, and still is") from None

    async def close(self) -> None:
        """Commit what is waiting and end the threads."""
        while self._committing is not None or self._waiting:
            if self._committing is not None:
                await asyncio.wait([self._committing])
            await asyncio.sleep(0)
        self._thread.shutdown()
        self._checkpoint_thread.shutdown()

    def _commit_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        if self._in_memory:
            outcomes, _, said = self._commit(batch)
            self._settle(outcomes, said)
            return
        self._committing = self._loop.run_in_executor(self._thread, self._commit, batch)
        self._committing.add_done_callback(self._committed)

    def _committed(self, committing: asyncio.Future[_Batch]) -> None:
        self._committing = None
        if self._waiting:
            self._commit_waiting()
        outcomes, data_bytes, said = committing.result()
        self._settle(outcomes, said)
        self._written += len(outcomes) + data_bytes // BYTES_PER_WRITE
        if self._written >= WRITES_PER_CHECKPOINT and (
            self.checkpointing is None or self.checkpointing.done()
        ):
            self._written = 0
            self.checkpointing = self._checkpoint_thread.submit(self.checkpoint)

    def checkpoint(self) -> None:
        """Copy commits from the log into the file; if this fails, the next one is due soon."""
        with contextlib.suppress(sqlite3.Error, DatabaseUnavailable):
            self._verify()
            with contextlib.closing(self._connect()) as connection:
                connection.execute(_CHECKPOINT).fetchall()
        self._checkpoint_to_finish = True

    def _commit(self, batch: list[_Waiting]) -> _Batch:
        """Do all the work of the batch and commit once."""
        writer = self._writer
        outcomes: list[_Outcome]
        self._data_bytes = 0
        self._said = []
        try:
            if self._checkpoint_to_finish:
                # Little was committed while the checkpoint ran. Once that is copied too, the log
                # starts again from its beginning instead of growing.
                self._checkpoint_to_finish = False
                writer.execute(_CHECKPOINT).fetchall()
            if insert_together(writer, [work for work, _ in batch]):
                outcomes = [(future, [], None) for _, future in batch]
            else:
                writer.execute("BEGIN IMMEDIATE")
                outcomes = [self._outcome(work, future) for work, future in batch]
                writer.execute("COMMIT")
            self._verify()
        except Exception as error:  # whatever it is, nobody is left waiting
            if writer.in_transaction:
                writer.execute("ROLLBACK")
            self._failure = str(error)
            unavailable = DatabaseUnavailable(self._failure)
            return [(future, None, unavailable) for _, future in batch], 0, []
        self._failure = None
        return outcomes, self._data_bytes, self._said

    def _outcome(self, work: Work, future: asyncio.Future[Any]) -> _Outcome:
        try:
            # A single statement undoes itself when it fails.
            done = run(self._writer, work) if isinstance(work, Call) else self._drive(work)
        except Exception as error:
            return future, None, error
        return future, done, None

    def _drive(self, transaction: Transaction[T]) -> T:
        """Run a transaction on a savepoint of its own, inside the one that is to be committed."""
        writer = self._writer
        said = len(self._said)
        writer.execute("SAVEPOINT one")
        try:
            call = next(transaction)
            while True:
                if isinstance(call.statement, (Notice, Tally)):
                    self._said.append(call)
                    call = transaction.send([])
                    continue
                # Even if the transaction is undone, its data may be in the log by then.
                self._data_bytes += BYTES_PER_STATEMENT
                for values in call.rows or (call.values,):
                    for value in values.values():
                        if isinstance(value, (bytes, str)):
                            self._data_bytes += len(value)
                call = transaction.send(run(writer, call))
        except StopIteration as finished:
            writer.execute("RELEASE one")
            result: T = finished.value
            return result
        except Exception:
            writer.execute("ROLLBACK TO one")
            writer.execute("RELEASE one")
            del self._said[said:]
            raise

    def _settle(self, outcomes: list[_Outcome], said: list[Call]) -> None:
        for future, result, error in outcomes:
            if future.done():  # the request that waited for it is gone
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        notices = [call.values["payload"] for call in said if isinstance(call.statement, Notice)]
        for payload in dict.fromkeys(notices):
            self._noticed(payload)
        for call in said:
            if isinstance(call.statement, Tally):
                self._tallied(call.values["what"])


def _write_the_same() -> Transaction[None]:
    ((number,),) = yield _NUMBER()
    yield Statement(text(f"PRAGMA user_version = {number}"))()
