"""Turns of the event loop, at whose end the answers of several connections leave together.

A client that waits is woken by the first answer that it gets. If the server computes the next one
before it writes it, the client has fallen asleep again by then, and each answer costs a call to
wake it. Answers that leave one right after the other find it awake. `docs/performance.md` has the
measurements.
"""

import asyncio
from collections.abc import Callable
from weakref import WeakKeyDictionary

ALONE_SECONDS = 0.01
"""So long after an answer on another connection the next one is taken for the only one."""
MOST_WAITING = 32
"""So many answers leave before the turn is over, so that the first does not wait for all."""


class Turns:
    """The turns of one event loop."""

    def __init__(self) -> None:
        self._flushes: list[Callable[[], None]] = []
        self._last = 0
        self._answered_at = 0.0

    def note(self, connection: object, now: float) -> bool:
        """Take note of an answer that comes now, by the loop's time; whether it seems to be the
        only one of its turn.

        That is so where nobody else was answered lately: a client that is alone is not made to
        wait for the end of the turn.
        """
        last, answered_at = self._last, self._answered_at
        self._last, self._answered_at = id(connection), now
        return not self._flushes and (last == id(connection) or now - answered_at > ALONE_SECONDS)

    def at_end(self, flush: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        """Have an answer written when the turn is over."""
        self._flushes.append(flush)
        if len(self._flushes) == 1:
            loop.call_soon(self._end)
        elif len(self._flushes) >= MOST_WAITING:
            self._end()

    def _end(self) -> None:
        flushes, self._flushes = self._flushes, []
        for flush in flushes:
            flush()


# A value that knew its loop would keep it for ever.
_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns_of(loop: asyncio.AbstractEventLoop) -> Turns:
    """The turns of an event loop; all its connections share them."""
    return _of_loops.setdefault(loop, Turns())
