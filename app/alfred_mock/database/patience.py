"""How long one request waits for the database in all: for a connection, for locks, for answers.

A database that hangs answers nobody, so whoever asks is told soon. The time between two calls,
such as that of a slow upload, does not count.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from weakref import ref

_current: ContextVar["Patience | None"] = ContextVar("patience", default=None)
_least: ContextVar[float] = ContextVar("least patience", default=0.0)


class Patience:
    """What is left of one request's time; outside a request each call has all of it."""

    __slots__ = ("_running", "_seconds", "_spent", "task")

    def __init__(self) -> None:
        # Tasks that a request starts have its context, but may live much longer.
        self.task = ref(asyncio.current_task())
        self._spent = 0.0
        self._seconds = 0.0
        self._running: asyncio.Timeout | None = None

    @asynccontextmanager
    async def limit(self, seconds: float) -> AsyncIterator[None]:
        """Limit one call to what is left of so many seconds.

        Raises:
            TimeoutError: nothing is left.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self._seconds = max(seconds, _least.get())
        try:
            async with asyncio.timeout_at(begun + self._seconds - self._spent) as self._running:
                yield
        finally:
            self._running = None
            self._spent += loop.time() - begun

    def renew(self) -> None:
        """Begin again, with all of the time."""
        self._spent = 0.0
        if self._running is not None:
            self._running.reschedule(asyncio.get_running_loop().time() + self._seconds)


@contextmanager
def at_least(seconds: float) -> Iterator[None]:
    """Calls have at least so many seconds each: for work that nobody waits for, such as a start."""
    before = _least.set(seconds)
    try:
        yield
    finally:
        _least.reset(before)


def begin() -> None:
    """A request begins; its calls share one patience from here on."""
    _current.set(Patience())


def end() -> None:
    """The request has ended; its task may go on, where the server runs in its caller's process."""
    _current.set(None)


def current() -> Patience:
    """The patience of the request that is being answered."""
    patience = _current.get()
    if patience is None or patience.task() is not asyncio.current_task():
        return Patience()
    return patience


def renew() -> None:
    """Begin again after a part of much data: how long it all takes depends on its size."""
    patience = _current.get()
    if patience is not None and patience.task() is asyncio.current_task():
        patience.renew()
