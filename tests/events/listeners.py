"""Companies that somebody listens to, and what they were told."""

import asyncio
from types import SimpleNamespace

from alfred_mock.events.listening import start_listening
from alfred_mock.main import Application
from tests.alfred.calls import NOON
from tests.control import admin
from tests.support import COMPANY

PATIENCE_SECONDS = 20


async def listen(app: Application, company_id: str = COMPANY) -> int:
    """Have the events of a company written; the number of the last one so far."""
    now = app.services.clock.now(company_id)
    last = await app.services.database.transact(start_listening(company_id, now))
    assert last is not None
    return last


async def stop_clock(app: Application) -> None:
    """Let the demo company's time stand still at noon."""
    await admin.stop_clock(app, NOON)


async def told(app: Application, company_id: str = COMPANY) -> list[SimpleNamespace]:
    """All events of a company, in their order."""
    return await app.events.outbox.after(company_id, 0, 100_000)


async def names_told(app: Application, company_id: str = COMPANY) -> list[str]:
    """The names of all events of a company, in their order."""
    return [event.name for event in await told(app, company_id)]


async def until_told(
    app: Application, count: int, company_id: str = COMPANY
) -> list[SimpleNamespace]:
    """The events of a company as soon as there are so many."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            arrival = app.events.outbox.arrival()
            events = await told(app, company_id)
            if len(events) >= count:
                return events
            await arrival.wait()
