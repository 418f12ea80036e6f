"""The connection on which a process hears what PostgreSQL announces; opened anew if it is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from alfred_mock.database.pool import BROKEN

APPLICATION_NAME = "alfred-mock listener"
"""By this a process that listens is told from all other connections to the server."""
RETRY_SECONDS = 1.0

Heard = Callable[[str], None]


class Listener:
    """Calls whoever wants to know of a channel; says when it cannot hear anything."""

    def __init__(self, connect: Callable[[], Awaitable[Any]]) -> None:
        self.listening = False
        self._connect = connect
        self._channels: dict[str, Heard] = {}
        self._interrupted: list[Callable[[], None]] = []
        self._connection: Any = None
        self._reopening: asyncio.Task[None] | None = None

    def listen(self, channel: str, heard: Heard, *, interrupted: Callable[[], None]) -> None:
        """Call `heard` with each announcement, `interrupted` when some may have been missed."""
        self._channels[channel] = heard
        self._interrupted.append(interrupted)

    async def open(self) -> None:
        """Begin to listen."""
        self._connection = await self._connect()
        self._connection.add_termination_listener(self._lost)
        for channel in self._channels:
            await self._connection.add_listener(channel, self._heard)
        # Only from here on is it counted among those that will hear.
        await self._connection.execute(f"SET application_name = '{APPLICATION_NAME}'")
        self.listening = True

    async def close(self) -> None:
        """Stop listening."""
        if self._reopening is not None:
            self._reopening.cancel()
        self.listening = False
        if self._connection is not None:
            await self._connection.close()

    def _heard(self, _: Any, __: int, channel: str, payload: str) -> None:
        self._channels[channel](payload)

    def _lost(self, _: Any) -> None:
        if not self.listening:  # closed on purpose, or not opened yet
            return
        self.listening = False
        for interrupted in self._interrupted:
            interrupted()
        self._reopening = asyncio.get_running_loop().create_task(self._open_again())

    async def _open_again(self) -> None:
        while not self.listening:
            try:
                await self.open()
            except (asyncpg.PostgresError, *BROKEN):
                await asyncio.sleep(RETRY_SECONDS)
        for interrupted in self._interrupted:
            interrupted()
