"""Reading on in the journal: each entry once, soon after it has come."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace

from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.database import DatabaseUnavailable

AT_ONCE = 50
"""So many entries are read at a time: an entry may have 32 KiB of bodies."""
POLL_SECONDS = 0.1
"""How often the entries of other processes are looked for."""
PAUSE_SECONDS = 0.03
"""Between two readings: what comes within it is read together."""
UNAVAILABLE_SECONDS = 1.0
"""How long a database that does not answer is left alone."""

LATE_SECONDS = 2.0
"""An entry may come after one with a larger number by so much."""
LOOK_BACK_SECONDS = 0.5
_LOOK_BACK_MOST = 2_000

Read = Callable[[int, int], Awaitable[list[SimpleNamespace]]]
"""Reads the entries after a number, by number, at most so many."""


class Following:
    """Goes on from an entry.

    Where several processes write, PostgreSQL may show the entries of a transaction later than those
    of another one that has got its numbers after it. So what was read lately is looked at again.
    """

    def __init__(self, read: Read, last: int, *, may_come_late: bool) -> None:
        """Begins after the number `last`."""
        self._read = read
        self._last = self._settled = last
        self._may_come_late = may_come_late
        self._recent: dict[int, float] = {}
        self._look_back_at = 0.0

    async def next(self) -> list[SimpleNamespace]:
        """The entries that have come since, none if there are none."""
        found = await self._read(self._last, AT_ONCE)
        if self._may_come_late:
            now = asyncio.get_running_loop().time()
            found = [*await self._late(now), *found]
            self._remember(found, now)
        if found:
            self._last = max(self._last, found[-1].number)
        return found

    async def _late(self, now: float) -> list[SimpleNamespace]:
        if not self._recent or now < self._look_back_at:
            return []
        self._look_back_at = now + LOOK_BACK_SECONDS
        again = await self._read(self._settled, _LOOK_BACK_MOST)
        return [
            entry
            for entry in again
            if entry.number <= self._last and entry.number not in self._recent
        ]

    def _remember(self, found: list[SimpleNamespace], now: float) -> None:
        self._recent.update((entry.number, now) for entry in found)
        over = [number for number, at in self._recent.items() if at < now - LATE_SECONDS]
        for number in over:
            del self._recent[number]
            self._settled = max(self._settled, number)


async def follow(
    journal: JournalQueue, following: Following, *, seconds: float = 5.0
) -> AsyncIterator[list[SimpleNamespace]]:
    """Entries as they come; none after so many seconds without any."""
    while True:
        arrival = journal.arrival()
        try:
            await journal.flush()
            entries = await following.next()
        except DatabaseUnavailable:
            await asyncio.sleep(UNAVAILABLE_SECONDS)
            continue
        yield entries
        if entries:
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            await journal.wait(arrival, seconds, poll_seconds=POLL_SECONDS)
