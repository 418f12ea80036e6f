"""A stream that says when there are other events or deliveries than before."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from alfred_mock.control.console.context import Console, companies_of, console_of
from alfred_mock.control.event_stream import EventStream, ServerSent
from alfred_mock.control.events import store
from alfred_mock.control.events.following import UNAVAILABLE_SECONDS
from alfred_mock.control.waiting import arrives
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.events.webhooks import attempts

LOOK_SECONDS = 1.0
"""How often deliveries are looked at, which announce nothing; events are heard of at once."""
_LOOKED_AT = 50
_CHANGED = [ServerSent("1", name="changed")]


async def stream(request: Request) -> Response:
    """Says so at once, since something may have happened before, and after each change."""
    companies = await companies_of(request)
    console = console_of(request)
    return EventStream(_changes(console, companies.chosen_id), console.streams)


async def _changes(console: Console, company_id: str | None) -> AsyncIterator[list[ServerSent]]:
    seen: Any = None
    while True:
        arrival = console.events.outbox.arrival()
        try:
            await store.ask(console.services, company_id)
            found = await _state(console, company_id)
        except DatabaseUnavailable:
            await asyncio.sleep(UNAVAILABLE_SECONDS)
            continue
        yield [] if found == seen else _CHANGED
        seen = found
        await arrives(arrival, LOOK_SECONDS)


async def _state(console: Console, company_id: str | None) -> Any:
    database = console.services.database
    numbers = await store.newest_numbers(database, company_id)
    newest = await attempts.deliveries(database, company_id, limit=_LOOKED_AT)
    return numbers, [(each.id, each.state, each.next_at) for each in newest]
