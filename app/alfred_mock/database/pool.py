"""The connections to PostgreSQL that one process holds.

Smaller and quicker than asyncpg's own pool (`docs/performance.md`): ours are all alike, leave no
state behind, and need not be closed when they rest.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

BROKEN = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)
"""What asyncpg raises when a connection is of no more use."""


class Connections:
    """Opens up to `most` connections as they are needed, and hands them out one use at a time."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], *, most: int) -> None:
        self._connect = connect
        self._most = most
        self._open = 0
        self._closed = True
        self._idle: list[Any] = []
        self._waiting: deque[asyncio.Future[None]] = deque()

    def open(self) -> None:
        """From now on connections are handed out; each is opened when it is first needed."""
        self._closed = False

    async def close(self) -> None:
        """Close the connections; those in use, as soon as they are given back."""
        self._closed = True
        while self._idle:
            self._open -= 1
            await self._idle.pop().close()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Any]:
        """A connection for one use; waits while all of them are in use."""
        connection = await self._take()
        try:
            yield connection
        except (asyncio.CancelledError, *BROKEN):
            # Nobody knows what it was in the middle of.
            connection.terminate()
            raise
        finally:
            self._give_back(connection)

    async def _take(self) -> Any:
        while not self._closed:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._open -= 1
            if self._open < self._most:
                self._open += 1
                try:
                    return await self._connect()
                except BaseException:
                    self._open -= 1
                    self._wake_one()
                    raise
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._wake_one()
                raise
        raise ConnectionError("the database is closed")

    def _give_back(self, connection: Any) -> None:
        if self._closed:
            connection.terminate()
        if connection.is_closed():
            self._open -= 1
        else:
            self._idle.append(connection)
        self._wake_one()

    def _wake_one(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
