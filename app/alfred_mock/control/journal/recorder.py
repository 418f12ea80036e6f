"""What takes the journal's entries: where others may ask for them at once, otherwise in batches."""

import asyncio
import logging

from alfred_mock.control.journal.exchange import Entry
from alfred_mock.control.journal.writing import Bounds, forget, keep
from alfred_mock.core.database import ConstraintViolated
from alfred_mock.core.services import Services

log = logging.getLogger("alfred_mock")

MOST_WAITING = 500
"""So many entries are written even if nobody looks."""
MOST_WAITING_BYTES = 2_097_152
POLL_SECONDS = 0.02
"""How often somebody who waits looks for the entries of other processes."""


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
        self._waiting: list[Entry] = []
        self._waiting_bytes = 0
        self._is_wanted = False
        self._writing: asyncio.Task[None] | None = None
        self._written: asyncio.Future[None] | None = None
        self._news: asyncio.Future[None] | None = None
        self._has_warned = False

    async def add(self, entry: Entry) -> None:
        """Take an entry; when this returns, whoever looks from now on finds it."""
        self._waiting.append(entry)
        self._waiting_bytes += entry["bytes"]
        if self._news is not None:
            if not self._news.done():
                self._news.set_result(None)
            self._news = None
        if self._is_shared:
            await asyncio.shield(self._write_soon())
        elif len(self._waiting) >= MOST_WAITING or self._waiting_bytes >= MOST_WAITING_BYTES:
            self._write_soon()

    async def flush(self) -> None:
        """Write what is waiting; to be awaited before looking."""
        if self._waiting or self._writing is not None:
            await asyncio.shield(self._write_soon())

    async def forget(self, company_id: str | None) -> None:
        """Empty the journal of a company, or all of it."""
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
            entries, self._waiting = self._waiting, []
            written, self._written = self._written, None
            self._waiting_bytes = 0
            await self._keep(entries)
            if written is not None and not written.done():
                written.set_result(None)
        self._writing = None

    async def _keep(self, entries: list[Entry]) -> None:
        try:
            try:
                await self._database.transact(keep(entries, self._bounds))
            except ConstraintViolated:  # a company went away in that very moment
                for entry in entries:
                    await self._keep_alone(entry)
            self._has_warned = False
        except Exception as error:
            # Nobody's request is to fail for it.
            if not self._has_warned:
                self._has_warned = True
                log.warning("the journal loses entries: %s: %s", type(error).__name__, error)

    async def _keep_alone(self, entry: Entry) -> None:
        try:
            await self._database.transact(keep([entry], self._bounds))
        except ConstraintViolated:
            await self._database.transact(keep([{**entry, "company_id": None}], self._bounds))
