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

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._flushes: list[Callable[[], None]] = []
        self._last: object = None
        self._answered_at = 0.0

    def is_only(self, connection: object) -> bool:
        """Whether the answer that comes now seems to be the only one of its turn.

        That is so where nobody else was answered lately: a client that is alone is not made to
        wait for the end of the turn.
        """
        last, answered_at = self._last, self._answered_at
        self._last, self._answered_at = connection, self._loop.time()
        return not self._flushes and (
            last is connection or self._answered_at - answered_at > ALONE_SECONDS
        )

    def at_end(self, flush: Callable[[], None]) -> None:
        """Have an answer written when the turn is over."""
        self._flushes.append(flush)
        if len(self._flushes) == 1:
            self._loop.call_soon(self._end)
        elif len(self._flushes) >= MOST_WAITING:
            self._end()

    def _end(self) -> None:
        flushes, self._flushes = self._flushes, []
        for flush in flushes:
            flush()


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns_of(loop: asyncio.AbstractEventLoop) -> Turns:
    """The turns of an event loop; all its connections share them."""
    turns = _of_loops.get(loop)
    if turns is None:
        turns = _of_loops[loop] = Turns(loop)
    return turns
