"""Rows that are kept in memory for as long as PostgreSQL announces no change of them.

A look-up of credentials precedes every request and nearly always finds what it found before; over
a network that costs as much as the request itself. Triggers announce every change of a
credential, whoever makes it, and this connection listens. While it is lost nothing is remembered.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from alfred_mock.core.database.connections import BROKEN
from alfred_mock.core.database.interface import Rows
from alfred_mock.core.database.statements import Call

CHANNEL = "alfred_mock_credentials"
MOST_REMEMBERED = 10_000
RETRY_SECONDS = 1.0

_Key = tuple[Any, ...]


class Remembered:
    """A memory of look-ups that is emptied whenever a change is announced."""

    def __init__(self, connect: Callable[[], Awaitable[Any]]) -> None:
        self._connect = connect
        self._rows: dict[_Key, Rows] = {}
        self._listening = False
        self._connection: Any = None
        self._listener: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to listen, with nothing remembered."""
        self._connection = await self._connect()
        self._connection.add_termination_listener(self._lost)
        await self._connection.add_listener(CHANNEL, self._changed)
        self._rows = {}
        self._listening = True

    async def close(self) -> None:
        """Stop listening and forget everything."""
        if self._listener is not None:
            self._listener.cancel()
        self._forget_and_stop()
        if self._connection is not None:
            await self._connection.close()

    async def fetch(self, call: Call, fetch: Callable[[Call], Awaitable[Rows]]) -> Rows:
        """The rows of a look-up, from memory if they are there."""
        if not self._listening:
            return await fetch(call)
        key = (call.statement, *call.values.values())
        known = self._rows.get(key)
        if known is not None:
            return known
        memory = self._rows
        found = await fetch(call)
        # A change that is announced while the rows are on their way replaces the memory, and they
        # are put into the one that nobody reads any more. What is not found is not remembered:
        # guesses must not fill the memory, and new credentials must work at once.
        if found:
            if len(memory) >= MOST_REMEMBERED:
                memory.clear()
            memory[key] = found
        return found

    def _changed(self, *_: Any) -> None:
        self._rows = {}

    def _forget_and_stop(self) -> None:
        self._rows = {}
        self._listening = False

    def _lost(self, _: Any) -> None:
        was_listening = self._listening
        self._forget_and_stop()
        if was_listening:
            self._listener = asyncio.get_running_loop().create_task(self._listen_again())

    async def _listen_again(self) -> None:
        while not self._listening:
            try:
                await self.open()
            except (asyncpg.PostgresError, *BROKEN):
                await asyncio.sleep(RETRY_SECONDS)
