"""What takes the journal's entries: where others may ask for them at once, otherwise in batches."""

import asyncio
import logging
from collections import Counter

from alfred_mock.control.journal.passed import Entry, Passed
from alfred_mock.control.journal.waiting import Taken, Waiting
from alfred_mock.control.journal.writing import Bounds, forget, keep
from alfred_mock.control.tables import NOBODY
from alfred_mock.core.services import Services
from alfred_mock.database import ConstraintViolated

log = logging.getLogger("alfred_mock")

MOST_WAITING = 5_000
"""So many are written even if nobody looks."""
MOST_WAITING_BYTES = 16_777_216
POLL_SECONDS = 0.02
"""How often somebody who waits looks for the entries of other processes."""

_IN_ONE_TURN = 100


class Recorder:
    """Writes entries to the database, several at a time.

    Where other processes use the database too, each may be asked for the journal, so an entry is
    written before its request is answered. Otherwise entries wait in memory until somebody looks,
    since nobody else can tell the difference and a request so hardly pays for it (our choice: the
    newest entries are lost if the process is killed).
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self._database = services.database
        self._is_shared = services.database.is_shared
        self._bounds = Bounds(services.settings.journal_entries, services.settings.journal_bytes)
        self._waiting = Waiting(self._bounds.entries)
        self._is_wanted = False
        self._writing: asyncio.Task[None] | None = None
        self._written: asyncio.Future[None] | None = None
        self._news: asyncio.Future[None] | None = None
        self._has_warned = False

    async def add(self, passed: Passed) -> None:
        """Take a request; when this returns, whoever looks from now on finds it."""
        waiting = self._waiting
        waiting.add(passed)
        if self._news is not None:
            if not self._news.done():
                self._news.set_result(None)
            self._news = None
        if self._is_shared:
            await asyncio.shield(self._write_soon())
        elif waiting.count >= MOST_WAITING or waiting.weight >= MOST_WAITING_BYTES:
            self._write_soon()

    async def flush(self) -> None:
        """Write what is waiting; to be awaited before looking."""
        if self._waiting.count or self._writing is not None:
            await asyncio.shield(self._write_soon())

    async def forget(self, company_id: str | None) -> None:
        """Empty the journal of a company, or all of it."""
        self._waiting.forget(company_id)
        if self._writing is not None:
            await self.flush()
        await self._database.transact(forget(company_id))

    async def close(self) -> None:
        """Write what is left; to be awaited before the database is closed."""
        await self.flush()

    def news(self) -> asyncio.Future[None]:
        """Done when there is another entry; to be had before looking, for `next_look`."""
        if self._news is None:
            self._news = asyncio.get_running_loop().create_future()
        return self._news

    async def next_look(self, news: asyncio.Future[None], seconds: float) -> None:
        """Wait until looking again may find more, for so many seconds at most."""
        if self._is_shared:
            seconds = min(seconds, POLL_SECONDS)
        await asyncio.wait([news], timeout=seconds)

    def _write_soon(self) -> asyncio.Future[None]:
        """Done when all that waits now is written."""
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        self._is_wanted = True
        if self._writing is None:
            # A task begins in the next turn of the loop, so it takes all the entries of this one.
            self._writing = asyncio.create_task(self._write())
        return self._written

    async def _write(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            taken = self._waiting.take()
            written, self._written = self._written, None
            await self._keep(taken)
            if written is not None and not written.done():
                written.set_result(None)
        self._writing = None

    async def _keep(self, taken: Taken) -> None:
        try:
            entries: list[Entry] = []
            for passed in taken.passed:
                if len(entries) % _IN_ONE_TURN == _IN_ONE_TURN - 1:
                    await asyncio.sleep(0)  # requests go on meanwhile
                entries.append(passed.entry())
            try:
                await self._database.transact(keep(entries, self._bounds, taken.dropped))
            except ConstraintViolated:  # a company went away in that very moment
                await self._keep_one_by_one(entries, taken.dropped)
            self._has_warned = False
        except Exception as error:
            # Nobody's request is to fail for it.
            if not self._has_warned:
                self._has_warned = True
                log.warning("the journal loses entries: %s: %s", type(error).__name__, error)

    async def _keep_one_by_one(self, entries: list[Entry], dropped: Counter[str]) -> None:
        for entry in entries:
            key = entry["company_id"] or NOBODY
            of_key = {key: dropped.pop(key, 0)}
            try:
                await self._database.transact(keep([entry], self._bounds, of_key))
            except ConstraintViolated:
                nobodys = {**entry, "company_id": None}
                await self._database.transact(keep([nobodys], self._bounds))
