"""The outbox: the events of each company in their order, and who wants to hear of new ones.

What it needs only once somebody listens is loaded then: most servers tell nobody anything.
"""

import asyncio
import secrets
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, select

from alfred_mock.alfred.tables import EventStream
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable, Statement
from alfred_mock.database.columns import columns_of

POLL_SECONDS = 0.05
"""How often processes look for each other's events where they share a SQLite file."""
IDLE_POLL_SECONDS = 1.0
"""The same while nobody listens to any company."""

_streams = columns_of(EventStream)

_LISTENED = Statement(
    select(_streams.company_id, _streams.last_number).where(_streams.is_listened_to)
)
_ANY_LISTENED = Statement(select(_streams.company_id).where(_streams.is_listened_to).limit(1))
_LAST = Statement(
    select(_streams.last_number).where(_streams.company_id == bindparam("company_id"))
)

Wake = Callable[[str], None]


class Outbox:
    """Events of all companies; there is one outbox for each process."""

    def __init__(self, services: Services) -> None:
        self.process_id = secrets.token_hex(8)
        """Names this process where several share a database."""
        self._services = services
        self._database = services.database
        self._wakes: list[Wake] = []
        self._arrival: asyncio.Event | None = None
        self._polling: asyncio.Task[None] | None = None
        self._polled: dict[str, int] = {}
        self._database.on_notice(self._noticed)

    async def open(self) -> None:
        """Begin to hear of events; the schema must be at head."""
        if self._database.is_shared and not self._database.hears_others:
            self._polling = asyncio.create_task(self._poll())

    async def close(self) -> None:
        """Stop; to be awaited before the database is closed."""
        if self._polling is not None:
            self._polling.cancel()

    def subscribe(self, wake: Wake) -> None:
        """Have `wake` called with the id of a company soon after it has new events.

        In every process, also with events that another one has written. `wake` is called with an
        empty text where some may have been missed: then any company may have new events. It must
        be quick; it is called on the event loop.
        """
        self._wakes.append(wake)

    def arrival(self) -> asyncio.Event:
        """Set when there are new events of any company; take it before reading."""
        if self._arrival is None:
            self._arrival = asyncio.Event()
        return self._arrival

    async def after(self, company_id: str, number: int, limit: int) -> list[SimpleNamespace]:
        """The company's events after this number, at most `limit`, in their order.

        Numbers may be missing: the oldest events are forgotten, and a reset forgets all.
        """
        from alfred_mock.events.stored import events_after

        return await events_after(self._database, company_id, number, limit)

    async def last_number(self, company_id: str) -> int:
        """The number of the company's newest event, 0 if there has been none."""
        rows = await self._database.fetch(_LAST(company_id=company_id))
        return int(rows[0][0]) if rows else 0

    async def listened_to(self, company_id: str) -> bool:
        """Whether events of this company are written."""
        from alfred_mock.events.listening import is_listened_to

        return await self._database.transact(is_listened_to(company_id))

    async def connected(self, company_id: str, connection: dict[str, Any]) -> int | None:
        """Remember a realtime connection of this process.

        Returns the number of the company's last event, after which the connection is told; None
        where the company has gone.

        `connection` has `id`, `transport`, and if they are known `api_key_id` and `user_name`.
        """
        from alfred_mock.events.listening import connect

        now = self._services.clock.real()
        row = {
            **connection,
            "process_id": self.process_id,
            "connected_at": now,
            "seen_at": now,
        }
        company_now = self._services.clock.now(company_id)
        return await self._database.transact(connect(company_id, row, company_now))

    async def disconnected(self, connection_id: str) -> None:
        """Forget a realtime connection."""
        from alfred_mock.events import stored

        await stored.forget_connection(self._database, connection_id)

    async def seen(self) -> None:
        """Say that the connections of this process are there, and forget those of dead ones.

        To be called more often than every `stored.STALE_SECONDS` by a process that has connections.
        """
        from alfred_mock.events import stored

        now = self._services.clock.real()
        await stored.see_connections(self._database, self.process_id, now)

    async def are_any_connected(self) -> bool:
        """Whether any process has connections, or has died with some."""
        # Whoever is connected listens; where nobody does, nothing of connections is loaded.
        if not await self._database.fetch(_ANY_LISTENED()):
            return False
        from alfred_mock.events import stored

        return await stored.are_any_connections(self._database)

    def _noticed(self, company_id: str) -> None:
        for wake in self._wakes:
            wake(company_id)
        if self._arrival is not None:
            self._arrival.set()
            self._arrival = None

    async def _poll(self) -> None:
        """Look for events of other processes on the same file."""
        while True:
            await asyncio.sleep(POLL_SECONDS if self._polled else IDLE_POLL_SECONDS)
            try:
                found: dict[str, int] = dict(await self._database.fetch(_LISTENED()))
            except DatabaseUnavailable:
                continue
            for company_id, number in found.items():
                if self._polled.get(company_id) != number:
                    self._noticed(company_id)
            self._polled = found
