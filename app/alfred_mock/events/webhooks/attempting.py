"""One attempt to deliver an event: what is sent, what a fault makes of it, and what is stored."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.services import Services
from alfred_mock.events.tables import DeliveryState
from alfred_mock.events.webhooks import attempts, fault_store
from alfred_mock.events.webhooks.bodies import body_of
from alfred_mock.events.webhooks.claims import Claims
from alfred_mock.events.webhooks.faults import CountedFault
from alfred_mock.events.webhooks.metrics import WebhookMetrics
from alfred_mock.events.webhooks.sender import Exchange, Sender

log = logging.getLogger("alfred_mock")

EVENT_HEADER = "X-Alfred-Mock-Event-Id"
ATTEMPT_HEADER = "X-Alfred-Mock-Attempt"
"""Ours, since the documentation names no header of deliveries."""
AT_ONCE = 200
"""So many companies are delivered to at the same moment, by one process."""
HELD_BACK_SECONDS = 5
"""A reordered event waits no longer than that for the next one."""

REORDERED = "reordered by a fault"
_LOST = "lost by a fault"
_DELAYED = "delayed by a fault"
_COPY = "repeated by a fault"


class Attempting:
    """Makes attempts, of one company at a time each, and stores what has become of them."""

    def __init__(self, services: Services, claims: Claims, sender: Sender) -> None:
        self._services = services
        self._claims = claims
        self._sender = sender
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._metrics = WebhookMetrics(services.meter)

    async def attempt(
        self, line: SimpleNamespace, event: SimpleNamespace, planned: SimpleNamespace | None = None
    ) -> bool:
        """Send an event, unless a fault has it otherwise; whether the next one may follow."""
        number = planned.attempt if planned is not None else 1
        fault = None
        if planned is None or planned.error is None:
            fault = await fault_store.meet_fault(
                self._services.database, line.company_id, event.name
            )
        if fault is not None and fault.is_instead:
            return await self._hold_back(line, event, planned, fault)
        async with self._turn:
            exchange = await self._send(line, event, number, fault)
        now = self._services.clock.real()
        row = {
            "id": self._services.ids.uuid(),
            "event_id": event.id,
            "event_number": event.number,
            "attempt": number,
            "at": exchange.at,
            "status": exchange.status,
            "error": exchange.problem,
            "answer": _text(exchange.answer),
        }
        delivered = max(line.delivered_number, event.number)
        retries = self._services.settings.webhook_retries
        more: list[dict[str, Any]] = []
        if exchange.is_acknowledged:
            row["state"] = DeliveryState.ACKNOWLEDGED
            copies = fault.copies or 0 if fault is not None else 0
            more = [self._plan(event, number + copy, now, _COPY) for copy in range(1, copies + 1)]
        elif number <= len(retries):
            row["state"] = DeliveryState.FAILED
            row["next_at"] = now + round(retries[number - 1] * SECOND)
            more = [self._plan(event, number + 1, row["next_at"])]
            delivered = line.delivered_number
        else:
            row["state"] = DeliveryState.GIVEN_UP
            log.warning(
                "webhook of company %s: event %s (%s) is given up after %d attempts: %s",
                *(line.company_id, event.id, event.name, number, exchange.problem),
            )
        planned_id = None if planned is None else planned.id
        is_recorded = await self.record(
            line, delivered=delivered, rows=[row, *more], planned_id=planned_id
        )
        self._metrics.attempted(event.name, row["state"], exchange.seconds)
        return is_recorded and not more

    def _plan(
        self, event: SimpleNamespace, attempt: int, due: Instant, why: str | None = None
    ) -> dict[str, Any]:
        return attempts.planned_attempt(
            event,
            self._services.ids.uuid(),
            attempt=attempt,
            now=self._services.clock.real(),
            due=due,
            why=why,
        )

    async def _hold_back(
        self,
        line: SimpleNamespace,
        event: SimpleNamespace,
        planned: SimpleNamespace | None,
        fault: CountedFault,
    ) -> bool:
        """Do to an attempt what a fault does in place of sending."""
        number = planned.attempt if planned is not None else 1
        delivered = max(line.delivered_number, event.number)
        if fault.lost:
            row = self._plan(event, number, self._services.clock.real(), _LOST)
            row.update(state=DeliveryState.LOST, next_at=None)
        elif fault.reordered:
            row = self._plan(event, number, self._claims.due_in(HELD_BACK_SECONDS), REORDERED)
        else:
            row = self._plan(event, number, self._claims.due_in(fault.delay_s or 0), _DELAYED)
            delivered = line.delivered_number
        planned_id = None if planned is None else planned.id
        is_recorded = await self.record(
            line, delivered=delivered, rows=[row], planned_id=planned_id
        )
        if fault.lost:
            self._metrics.lost()
        return is_recorded and fault.lost

    async def _send(
        self,
        line: SimpleNamespace,
        event: SimpleNamespace,
        number: int,
        fault: CountedFault | None,
    ) -> Exchange:
        is_foreign = fault is not None and fault.foreign
        style = line.webhook_style or self._services.settings.webhook_style
        body = body_of(event, style, is_foreign=is_foreign)
        headers = {EVENT_HEADER: event.id, ATTEMPT_HEADER: str(number)}
        exchange = await self._sender.post(line.company_id, line.url, body, headers)
        if fault is None:
            return exchange
        if fault.status is not None:
            return exchange._replace(status=fault.status, error=None)
        if fault.receiver_s is not None and exchange.is_acknowledged:
            timeout = self._services.settings.webhook_timeout
            left = timeout - exchange.seconds
            await asyncio.sleep(min(left, fault.receiver_s))
            if fault.receiver_s >= left:
                error = f"The receiver did not answer within {timeout:g} seconds."
                return exchange._replace(status=None, error=error)
        return exchange

    async def record(
        self,
        line: SimpleNamespace,
        *,
        delivered: int,
        rows: list[dict[str, Any]] | None = None,
        planned_id: str | None = None,
    ) -> bool:
        """Store attempts, and how far the webhook has come; see `attempts.record`."""
        return await self._services.database.transact(
            attempts.record(
                line,
                self._claims.process,
                self._claims.lease(),
                delivered=delivered,
                attempts=rows or [],
                planned_id=planned_id,
            )
        )


def _text(answer: bytes) -> str:
    """The beginning of an answer's body, as text that a database takes."""
    return answer[:1_000].decode("utf-8", "replace").replace("\0", "\ufffd")
