"""Deliveries to webhooks: what makes them is loaded with the first webhook."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import select

from alfred_mock.alfred.tables import Webhook
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable, Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.webhooks.sender import Sender

if TYPE_CHECKING:
    from alfred_mock.events.webhooks.courier import Courier

_PAUSE_SECONDS = 1
"""After an error of the database."""
_ANY = Statement(select(columns_of(Webhook).id).limit(1))


class Webhooks:
    """Has a courier as soon as there is a webhook, and wakes it for new events."""

    def __init__(self, services: Services, outbox: Outbox, sender: Sender) -> None:
        self._services = services
        self._outbox = outbox
        self._sender = sender
        self._courier: Courier | None = None
        self._woken: dict[str, None] = {}
        """Companies that have news, while nobody knows whether there is a webhook."""
        self._looking: asyncio.Task[None] | None = None
        self._is_closing = False
        outbox.subscribe(self._wake)

    async def open(self) -> None:
        """Go on with what is left from before; the schema must be at head."""
        if await self._are_any():
            await self._loaded().open()

    async def close(self) -> None:
        """Stop; to be awaited before the database is closed."""
        self._is_closing = True
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        if self._courier is not None:
            await self._courier.close()

    @property
    def is_loaded(self) -> bool:
        """Whether there was a webhook so far."""
        return self._courier is not None

    def _wake(self, company_id: str) -> None:
        if self._courier is not None:
            self._courier.wake(company_id)
        elif not self._is_closing:
            self._woken[company_id] = None
            if self._looking is None or self._looking.done():
                self._looking = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        """Begin to deliver if there is a webhook; a company without one has nothing to get."""
        while self._woken:
            woken, self._woken = self._woken, {}
            try:
                are_any = await self._are_any()
            except DatabaseUnavailable:
                self._woken = woken | self._woken
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if are_any:
                courier = self._loaded()
                for company_id in woken | self._woken:
                    courier.wake(company_id)
                self._woken = {}

    async def _are_any(self) -> bool:
        return bool(await self._services.database.fetch(_ANY()))

    def _loaded(self) -> "Courier":
        if self._courier is None:
            from alfred_mock.events.webhooks.courier import Courier

            self._courier = Courier(self._services, self._outbox, self._sender)
        return self._courier
