"""Rows that are kept in memory for as long as PostgreSQL announces no change of them.

A look-up of credentials precedes every request and nearly always finds what it found before; over
a network that costs as much as the request itself. Triggers announce every change of a
credential, whoever makes it. While nothing can be heard nothing is remembered.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from alfred_mock.database.interface import Rows
from alfred_mock.database.listening import Listener
from alfred_mock.database.statements import Call

CHANNEL = "alfred_mock_credentials"
MOST_REMEMBERED = 10_000

_Key = tuple[Any, ...]


class Remembered:
    """A memory of look-ups that is emptied whenever a change is announced."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._rows: dict[_Key, Rows] = {}
        listener.listen(CHANNEL, lambda _: self.forget(), interrupted=self.forget)

    async def fetch(self, call: Call, fetch: Callable[[Call], Awaitable[Rows]]) -> Rows:
        """The rows of a look-up, from memory if they are there."""
        if not self._listener.listening:
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

    def forget(self) -> None:
        """Forget everything."""
        self._rows = {}
