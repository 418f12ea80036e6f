"""Delivers events to webhooks: per company one at a time and in order, at least once.

What is to be sent follows from the database alone: the events after `Webhook.delivered_number`, and
the attempts that are planned (retries, repetitions, events that a fault holds back). So a restart
goes on where the process before it has ended. Of several processes one delivers to a company: it
has claimed the webhook for a time that is a little longer than an attempt may take, and each
attempt that it records prolongs that. A process that is killed leaves its claim to run out.
"""

import asyncio
import logging
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.tables import DeliveryState
from alfred_mock.events.webhooks import attempts, fault_store, repository
from alfred_mock.events.webhooks.bodies import body_of
from alfred_mock.events.webhooks.faults import CountedFault
from alfred_mock.events.webhooks.sender import Exchange, Sender

log = logging.getLogger("alfred_mock")

EVENT_HEADER = "X-Alfred-Mock-Event-Id"
ATTEMPT_HEADER = "X-Alfred-Mock-Attempt"
"""Ours, since the documentation names no header of deliveries."""
AT_ONCE = 200
"""So many companies are delivered to at the same moment, by one process."""
HELD_BACK_SECONDS = 5
"""A reordered event waits no longer than that for the next one."""

_MARGIN_SECONDS = 2
_IN_ONE_TURN = 50
_POLL_SECONDS = 0.1
"""How often a claim is looked at of a process that does not hear of us."""
_PAUSE_SECONDS = 1
"""After an error of the database."""
_LEAVE_SECONDS = 1
"""What is under way at the end of the process may take so long."""

REORDERED = "reordered by a fault"
_LOST = "lost by a fault"
_DELAYED = "delayed by a fault"
_COPY = "repeated by a fault"


class Courier:
    """Delivers to the webhooks of all companies; there is one courier for each process."""

    def __init__(self, services: Services, outbox: Outbox, sender: Sender) -> None:
        self._services = services
        self._outbox = outbox
        self._sender = sender
        self._woken: dict[str, asyncio.Event] = {}
        """For each company that is being looked after."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._is_closing = False
        self._has_claims = False
        outbox.subscribe(self.wake)

    async def open(self) -> None:
        """Go on with what is left from before; the schema must be at head."""
        for company_id in await repository.undelivered(self._services.database):
            self.wake(company_id)

    async def close(self) -> None:
        """Stop; to be awaited before the database is closed."""
        self._is_closing = True
        for woken in self._woken.values():
            woken.set()
        if self._tasks:
            _, unfinished = await asyncio.wait(self._tasks, timeout=_LEAVE_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        if self._has_claims:
            with suppress(DatabaseUnavailable):
                await repository.release(self._services.database, self._outbox.process_id)

    @property
    def is_idle(self) -> bool:
        """Whether no company is being looked after."""
        return not self._tasks

    def wake(self, company_id: str) -> None:
        """Look whether there is something to deliver for a company, or for any if it is empty."""
        if self._is_closing:
            return
        if not company_id:
            self._begin(self._look_for_more())
        elif company_id in self._woken:
            self._woken[company_id].set()
        else:
            self._woken[company_id] = asyncio.Event()
            self._begin(self._look_after(company_id))

    def _begin(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look_for_more(self) -> None:
        while not self._is_closing:
            try:
                await self.open()
                return
            except DatabaseUnavailable:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _look_after(self, company_id: str) -> None:
        """Deliver until there is nothing left to be delivered, now or later."""
        woken = self._woken[company_id]
        reached: Instant = 0
        try:
            while not self._is_closing:
                woken.clear()
                due = await self._try_to_deliver(company_id, reached)
                if due is None and not woken.is_set():
                    break
                seconds = None if due is None else (due - self._services.clock.real()) / SECOND
                try:
                    await asyncio.wait_for(woken.wait(), seconds)
                except TimeoutError:
                    # The time may stand still, in the process of a test that has stopped it.
                    reached = due or 0
        finally:
            del self._woken[company_id]

    async def _try_to_deliver(self, company_id: str, reached: Instant) -> Instant | None:
        try:
            return await self._deliver(company_id, reached)
        except DatabaseUnavailable as error:
            log.warning("webhook of company %s: the database cannot be used: %s", company_id, error)
        except Exception:
            # One company's trouble must end neither the others' deliveries nor its own.
            log.exception("webhook of company %s", company_id)
        return self._in(_PAUSE_SECONDS)

    def _in(self, seconds: float) -> Instant:
        return self._services.clock.real() + round(seconds * SECOND)

    async def _deliver(self, company_id: str, reached: Instant) -> Instant | None:
        """Deliver all that is due; returns when something else will be, None for never.

        It is `reached` by now, whatever the clock says.
        """
        database = self._services.database
        while not self._is_closing:
            line = await repository.line_of(database, company_id)
            if line is None:
                return None
            planned = await attempts.pending(database, company_id)
            now = max(self._services.clock.real(), reached)
            due = next((each for each in planned if _is_due(each, line, now)), None)
            is_held_up = any(each.event_number > line.delivered_number for each in planned)
            if due is None and (is_held_up or line.last_number <= line.delivered_number):
                await self._leave(line)
                return planned[0].next_at if planned else None
            until = await self._claim(line, now)
            if until is not None:
                return until
            if due is not None:
                await self._deliver_planned(line, due)
            else:
                await self._deliver_next(line, 1 if planned else _IN_ONE_TURN)
        return None

    async def _claim(self, line: SimpleNamespace, now: Instant) -> Instant | None:
        """None once this process may deliver, or else when to ask again."""
        process = self._outbox.process_id
        needed = self._in(self._services.settings.webhook_timeout + _MARGIN_SECONDS / 2)
        if line.claimed_by == process and line.claimed_until >= needed:
            return None
        if not line.claimed_by or line.claimed_by == process or line.claimed_until < now:
            self._has_claims = True
            database = self._services.database
            if await repository.claim(database, line, process, now, self._lease()):
                return None
        database = self._services.database
        if database.is_shared and not database.hears_others:
            return self._in(_POLL_SECONDS)
        return max(line.claimed_until or 0, now) + 1

    def _lease(self) -> Instant:
        return self._in(self._services.settings.webhook_timeout + _MARGIN_SECONDS)

    async def _leave(self, line: SimpleNamespace) -> None:
        """Give up the claim where the process that has the next event would not find us."""
        database = self._services.database
        is_deaf = database.is_shared and not database.hears_others
        if is_deaf and line.claimed_by == self._outbox.process_id:
            await repository.release(database, self._outbox.process_id, line.company_id)

    async def _deliver_next(self, line: SimpleNamespace, most: int) -> None:
        """Deliver events after the last one, as long as nothing holds them up."""
        woken = self._woken[line.company_id]
        events = await self._outbox.after(line.company_id, line.delivered_number, most)
        if not events:  # they were forgotten
            await self._record(line, delivered=line.last_number)
            return
        for event in events:
            if not await self._attempt(line, event) or woken.is_set() or self._is_closing:
                break
            line.delivered_number = event.number

    async def _deliver_planned(self, line: SimpleNamespace, planned: SimpleNamespace) -> None:
        database = self._services.database
        event = await attempts.find_event(database, line.company_id, planned.event_id)
        if event is not None:
            await self._attempt(line, event, planned)
            return
        delivered = max(line.delivered_number, planned.event_number)
        await self._record(line, delivered=delivered, planned_id=planned.id)

    async def _attempt(
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
        is_recorded = await self._record(
            line, delivered=delivered, rows=[row, *more], planned_id=planned_id
        )
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
            row = self._plan(event, number, self._in(HELD_BACK_SECONDS), REORDERED)
        else:
            row = self._plan(event, number, self._in(fault.delay_s or 0), _DELAYED)
            delivered = line.delivered_number
        planned_id = None if planned is None else planned.id
        is_recorded = await self._record(
            line, delivered=delivered, rows=[row], planned_id=planned_id
        )
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

    async def _record(
        self,
        line: SimpleNamespace,
        *,
        delivered: int,
        rows: list[dict[str, Any]] | None = None,
        planned_id: str | None = None,
    ) -> bool:
        return await self._services.database.transact(
            attempts.record(
                line,
                self._outbox.process_id,
                self._lease(),
                delivered=delivered,
                attempts=rows or [],
                planned_id=planned_id,
            )
        )


def _is_due(planned: SimpleNamespace, line: SimpleNamespace, now: Instant) -> bool:
    has_next = planned.error == REORDERED and line.delivered_number > planned.event_number
    return bool(planned.next_at <= now or has_next)


def _text(answer: bytes) -> str:
    """The beginning of an answer's body, as text that a database takes."""
    return answer[:1_000].decode("utf-8", "replace").replace("\0", "\ufffd")
