"""Rows that are kept in memory for as long as PostgreSQL announces no change of them.

A look-up of credentials precedes every request and nearly always finds the same rows again; over a
network it costs as much as the request itself. Triggers announce every change of a credential,
also one that is made by hand. While announcements cannot be heard, no rows are kept.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from alfred_mock.database.interface import Rows
from alfred_mock.database.notify import Listener
from alfred_mock.database.statements import Call

MOST_KEPT = 10_000


class LookupCache:
    """The rows of look-ups; it is emptied whenever a change is announced."""

    def __init__(self, listener: Listener, *, channel: str) -> None:
        self._listener = listener
        self._rows: dict[Any, Any] = {}
        listener.listen(channel, lambda _: self.clear(), interrupted=self.clear)

    @property
    def remembered(self) -> dict[Any, Any]:
        """For what is made of the rows; a change that is announced replaces the dict."""
        return self._rows if self._listener.listening else {}

    async def fetch(self, call: Call, fetch: Callable[[Call], Awaitable[Rows]]) -> Rows:
        """The rows of a look-up, from memory if they are there."""
        if not self._listener.listening:
            return await fetch(call)
        key = (call.statement, *call.values.values())
        known: Rows | None = self._rows.get(key)
        if known is not None:
            return known
        rows = self._rows
        found = await fetch(call)
        # A change that is announced in the meantime replaces the dict, so rows from before it go
        # into a dict that is not read any more. Empty results are not kept: guesses must not fill
        # the memory, and new credentials must work at once.
        if found:
            if len(rows) >= MOST_KEPT:
                rows.clear()
            rows[key] = found
        return found

    def clear(self) -> None:
        """Forget everything."""
        self._rows = {}
