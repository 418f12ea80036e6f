"""The connections to PostgreSQL that one process holds.

Smaller and quicker than asyncpg's own pool (`docs/performance.md`): ours are all alike, leave no
state behind, and need not be closed when they rest.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from alfred_mock.database.interface import Usage

BROKEN = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)
"""What asyncpg raises when a connection is of no more use."""


MOST_WAITING = 1_000
"""More than these would only wait in vain: they are refused at once."""
CLOSE_SECONDS = 0.5


class TooManyWait(Exception):
    """All connections are in use, and very many wait for one."""


@asynccontextmanager
async def transaction_on(connection: Any, begin: str = "BEGIN") -> AsyncIterator[None]:
    """A transaction; where the connection is of no more use, it is ended instead of rolled back.

    To roll back is to wait for an answer, which a server that hangs will not give. `begin` may
    have more statements, which cost no round trip of their own.
    """
    await connection.execute(begin)
    try:
        yield
    except (asyncio.CancelledError, *BROKEN):
        connection.terminate()
        raise
    except BaseException:
        await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


async def close_soon(connection: Any) -> None:
    """Close a connection; a server that does not answer is not waited for."""
    try:
        await connection.close(timeout=CLOSE_SECONDS)
    except (asyncpg.PostgresError, *BROKEN):
        connection.terminate()


class Pool:
    """Opens up to `most` connections as they are needed, and lends each for one use at a time."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], *, most: int) -> None:
        self._connect = connect
        self._most = most
        self._waiting = 0
        self._idle: list[Any] = []
        self._lent = 0
        self._is_open = False

    def open(self) -> None:
        """Begin to lend connections."""
        # Made here, since it belongs to the event loop in which it is first waited for.
        self._turns = asyncio.Semaphore(self._most)
        self._is_open = True

    async def close(self) -> None:
        """Close the connections; those in use are closed when they are given back."""
        self._is_open = False
        idle, self._idle = self._idle, []
        await asyncio.gather(*map(close_soon, idle))

    def usage(self) -> Usage:
        """How many connections are lent, and how many requests wait for one."""
        return Usage(self._waiting, self._lent, self._most)

    async def take(self) -> Any:
        """A connection, to be given back; waits while all of them are in use.

        Raises:
            TooManyWait: it would be one too many.
        """
        if self._turns.locked():
            if self._waiting >= MOST_WAITING:
                raise TooManyWait(f"{self._waiting} requests wait for a connection already")
            self._waiting += 1
            try:
                await self._turns.acquire()
            finally:
                self._waiting -= 1
        else:
            await self._turns.acquire()
        self._lent += 1
        try:
            if not self._is_open:
                raise ConnectionError("the database is closed")
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
            return await self._connect()
        except BaseException:
            self._end_turn()
            raise

    def give_back(self, connection: Any) -> None:
        """End the use of a connection; one that was terminated is not lent again."""
        if not self._is_open:
            connection.terminate()
        if not connection.is_closed():
            self._idle.append(connection)
        self._end_turn()

    def _end_turn(self) -> None:
        self._lent -= 1
        self._turns.release()
