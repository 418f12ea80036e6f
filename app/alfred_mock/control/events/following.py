"""Reading on in the events: each one once, soon after it was written."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

from alfred_mock.control.events import store
from alfred_mock.control.events.store import Filters
from alfred_mock.control.waiting import arrives
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.events.outbox import Outbox

AT_ONCE = 100
ASK_SECONDS = 1.0
"""How often a stream of all companies has the events of new companies written, too."""
UNAVAILABLE_SECONDS = 1.0
"""How long a database that does not answer is left alone."""


class Following:
    """Goes on from a number of each company; of companies that come later, from their first."""

    def __init__(self, services: Services, filters: Filters, last: dict[str, int]) -> None:
        """Begins after the number of each company in `last`."""
        self._services = services
        self._filters = filters._replace(after=None)
        self._last = last

    async def ask(self) -> None:
        """See that events are written, also those of companies that were made meanwhile."""
        await store.ask(self._services, self._filters.company_id)

    async def next(self) -> list[SimpleNamespace]:
        """The events that were written since, by company and number."""
        database = self._services.database
        found: list[SimpleNamespace] = []
        for company_id, newest in await store.newest_numbers(database, self._filters.company_id):
            last = self._last.get(company_id, 0)
            while last < newest and len(found) < AT_ONCE:
                of_company = self._filters._replace(company_id=company_id, after=last)
                events = await store.find_next(database, of_company, limit=AT_ONCE)
                found += events
                last = max([newest, *(event.number for event in events[-1:])])
                if len(events) == AT_ONCE:
                    last = events[-1].number
            self._last[company_id] = last
        return found


async def follow(
    outbox: Outbox, following: Following, *, seconds: float = 5.0
) -> AsyncIterator[list[SimpleNamespace]]:
    """Events as they are written; none after so many seconds without any."""
    now = asyncio.get_running_loop().time
    quiet_since = asked_at = now()
    while True:
        arrival = outbox.arrival()
        try:
            if now() - asked_at >= ASK_SECONDS:
                await following.ask()
                asked_at = now()
            events = await following.next()
        except DatabaseUnavailable:
            await asyncio.sleep(UNAVAILABLE_SECONDS)
            continue
        if events or now() - quiet_since >= seconds:
            quiet_since = now()
            yield events
        if not events:
            await arrives(arrival, ASK_SECONDS)
