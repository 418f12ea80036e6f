"""Captured requests on their way into the database."""

import asyncio
import logging
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from operator import itemgetter
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from alfred_mock.control.journal.capture import Captured
from alfred_mock.control.journal.known_secrets import KnownSecrets
from alfred_mock.control.journal.store import Bounds, append, forget
from alfred_mock.control.tables import NOBODY
from alfred_mock.control.waiting import arrives
from alfred_mock.core.meter import NO_METER, Meter
from alfred_mock.core.settings import Settings
from alfred_mock.core.vault import Vault
from alfred_mock.database import ConstraintViolated, Database

log = logging.getLogger("alfred_mock")

MOST_WAITING = 5_000
"""So many are stored even if the journal is not read."""
MOST_WAITING_BYTES = 16_777_216
PATIENCE_SECONDS = 1.0
"""How long an answer waits for its entry to be stored. When that was in vain, none waits until
entries are stored again."""
POLL_SECONDS = 0.02
"""How often a wait looks for the entries of other processes."""

_IN_ONE_TURN = 100


class JournalQueue:
    """Stores requests, several in one transaction.

    Where other processes use the database too, each of them can be asked for the journal. So an
    entry is stored before its request is answered. Elsewhere requests wait in memory until the
    journal is read: nothing outside can tell the difference, and a request costs almost nothing
    (our choice: the newest entries are lost if the process is killed).
    """

    def __init__(self, database: Database, settings: Settings, meter: Meter = NO_METER) -> None:
        self._measure(meter)
        self._database = database
        self._bounds = Bounds(settings.journal_entries, settings.journal_bytes)
        self._backlog = Backlog(self._bounds.entries)
        self._known = KnownSecrets(database, Vault(settings.secret_key), settings.admin_token)
        self._storing: asyncio.Task[None] | None = None
        self._stored: asyncio.Future[None] | None = None
        self._arrival: asyncio.Event | None = None
        self._has_warned = False
        self._is_late = False

    def _measure(self, meter: Meter) -> None:
        meter.gauge(
            "journal_entries_waiting",
            "Entries of the journal that are not in the database yet.",
            lambda: self._backlog.count,
        )
        meter.gauge(
            "journal_waiting_bytes",
            "About how much memory they take.",
            lambda: self._backlog.weight,
        )
        self._entries = meter.counter(
            "journal_entries",
            "Entries of the journal: stored, dropped before that as newer ones needed the room,"
            " or lost.",
            "outcome",
        )

    async def add(self, captured: Captured) -> None:
        """Take a request; once this returns, readers of the journal find it."""
        if not self.add_now(captured):
            self._take(captured)
            await self._wait_until_stored(self._store_soon())

    def add_now(self, captured: Captured) -> bool:
        """The same, if it may wait in memory; False, and nothing is taken, otherwise."""
        if self._database.is_shared:
            return False
        self._take(captured)
        backlog = self._backlog
        if backlog.count >= MOST_WAITING or backlog.weight >= MOST_WAITING_BYTES:
            self._store_soon()
        return True

    def _take(self, captured: Captured) -> None:
        self._backlog.add(captured)
        if self._arrival is not None:
            self._arrival.set()
            self._arrival = None

    async def _wait_until_stored(self, stored: asyncio.Future[None]) -> None:
        """Wait, unless the database is held: that must not hold up requests that only read."""
        done, _ = await asyncio.wait([stored], timeout=0 if self._is_late else PATIENCE_SECONDS)
        if not done:
            self._is_late = True

    async def flush(self) -> None:
        """Store all that waits; to be awaited before reading."""
        if self._backlog.count or self._storing is not None:
            await asyncio.shield(self._store_soon())

    async def forget(self, company_id: str | None) -> None:
        """Empty the journal of a company, or all of it."""
        self._backlog.forget(company_id)
        if self._storing is not None:
            await self.flush()
        await self._database.transact(forget(company_id))

    async def close(self) -> None:
        """Store the rest; to be awaited before the database is closed."""
        await self.flush()

    def arrival(self) -> asyncio.Event:
        """Set when the next request has come; take it before reading, then `wait` for it."""
        if self._arrival is None:
            self._arrival = asyncio.Event()
        return self._arrival

    async def wait(
        self, arrival: asyncio.Event, seconds: float, *, poll_seconds: float = POLL_SECONDS
    ) -> None:
        """Wait until reading again may find more, for so many seconds at most.

        Entries of other processes are not heard of: `poll_seconds` is how long they may be missed.
        """
        if self._database.is_shared:
            seconds = min(seconds, poll_seconds)
        await arrives(arrival, seconds)

    def _store_soon(self) -> asyncio.Future[None]:
        """Done when all that waits now is stored."""
        if self._stored is None:
            self._stored = asyncio.get_running_loop().create_future()
        if self._storing is None:
            # A task begins in the next turn of the loop, so it takes all requests of this turn.
            self._storing = asyncio.create_task(self._store_all())
        return self._stored

    async def _store_all(self) -> None:
        while self._stored is not None:
            stored, self._stored = self._stored, None
            await self._store(*self._backlog.take())
            stored.set_result(None)
        self._storing = None

    async def _store(self, captured: Sequence[Captured], dropped: Counter[str]) -> None:
        try:
            entries: list[dict[str, Any]] = []
            for count, request in enumerate(captured, 1):
                if count % _IN_ONE_TURN == 0:
                    await asyncio.sleep(0)  # requests go on meanwhile
                entry = request.entry()
                await self._known.hide(entry, request.presented)
                entries.append(entry)
            try:
                await self._database.transact(append(entries, self._bounds, dropped))
            except ConstraintViolated:  # a company was removed at that moment
                await self._store_one_by_one(entries, dropped)
            self._has_warned = self._is_late = False
            self._entries.add("stored", by=len(entries))
            self._entries.add("dropped", by=dropped.total())
        except Exception as error:
            # No request may fail because of the journal.
            self._entries.add("lost", by=len(captured))
            if not self._has_warned:
                self._has_warned = True
                log.warning("the journal loses entries: %s: %s", type(error).__name__, error)

    async def _store_one_by_one(self, entries: list[dict[str, Any]], dropped: Counter[str]) -> None:
        for entry in entries:
            key = entry["company_id"] or NOBODY
            of_key = Counter({key: dropped.pop(key, 0)})
            try:
                await self._database.transact(append([entry], self._bounds, of_key))
            except ConstraintViolated:
                entry["company_id"] = None
                await self._database.transact(append([entry], self._bounds, Counter()))


class Backlog:
    """The newest requests of each company, no more of them than the journal has room for."""

    def __init__(self, most_of_each: int) -> None:
        self.count = 0
        self.weight = 0
        self._most_of_each = most_of_each
        self._lines: dict[str, deque[tuple[int, Captured]]] = defaultdict(deque)
        self._dropped: Counter[str] = Counter()
        self._number = 0

    def add(self, captured: Captured) -> None:
        """Take a request; the oldest of its company may have to make room."""
        key = captured.company_id or NOBODY
        line = self._lines[key]
        if len(line) >= self._most_of_each:
            self.weight -= line.popleft()[1].weight
            self._dropped[key] += 1
        else:
            self.count += 1
        self._number += 1
        line.append((self._number, captured))
        self.weight += captured.weight

    def take(self) -> tuple[list[Captured], Counter[str]]:
        """Remove all requests; in order, with the number of those that made room, by key."""
        lines, dropped = self._lines.values(), self._dropped
        in_order = sorted((item for line in lines for item in line), key=itemgetter(0))
        self.forget(None)
        return [captured for _, captured in in_order], dropped

    def forget(self, company_id: str | None) -> None:
        """Remove the requests of a company, or all of them."""
        if company_id is None:
            self._lines, self._dropped = defaultdict(deque), Counter()
            self.count = self.weight = 0
            return
        line = self._lines.pop(company_id, deque())
        self._dropped.pop(company_id, None)
        self.count -= len(line)
        self.weight -= sum(captured.weight for _, captured in line)


async def _journal(request: Request) -> JournalQueue:
    return cast(JournalQueue, request.app.state.journal)


JournalDep = Annotated[JournalQueue, Depends(_journal)]
