"""Delivers events to webhooks: per company one at a time and in order, at least once.

What is to be sent follows from the database alone: the events after `Webhook.delivered_number`, and
the attempts that are planned (retries, repetitions, events that a fault holds back). So a restart
goes on where the process before it has ended. Of several processes one delivers to a company, see
`claims`; `attempting` has what an attempt is.
"""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.webhooks import attempts, repository
from alfred_mock.events.webhooks.attempting import REORDERED, Attempting
from alfred_mock.events.webhooks.claims import Claims
from alfred_mock.events.webhooks.sender import Sender
from alfred_mock.events.webhooks.waiting import Waiting

log = logging.getLogger("alfred_mock")

_IN_ONE_TURN = 50
_PAUSE_SECONDS = 1
"""After an error of the database."""
_LEAVE_SECONDS = 1
"""What is under way at the end of the process may take so long."""


class Courier:
    """Delivers to the webhooks of all companies; there is one courier for each process."""

    def __init__(self, services: Services, outbox: Outbox, sender: Sender) -> None:
        self._services = services
        self._outbox = outbox
        self._claims = Claims(services, outbox.process_id)
        self._attempting = Attempting(services, self._claims, sender)
        self._waiting = Waiting(services.meter, outbox.process_id, services.clock)
        self._woken: dict[str, asyncio.Event] = {}
        """For each company that is being looked after."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closing = False

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
        await self._claims.release()

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
            self._waiting.forget(company_id)
            del self._woken[company_id]

    async def _try_to_deliver(self, company_id: str, reached: Instant) -> Instant | None:
        try:
            return await self._deliver(company_id, reached)
        except DatabaseUnavailable as error:
            log.warning("webhook of company %s: the database cannot be used: %s", company_id, error)
        except Exception:
            # One company's trouble must end neither the others' deliveries nor its own.
            log.exception("webhook of company %s", company_id)
        return self._claims.due_in(_PAUSE_SECONDS)

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
            self._waiting.look(line, planned)
            now = max(self._services.clock.real(), reached)
            due = next((each for each in planned if _is_due(each, line, now)), None)
            is_held_up = any(each.event_number > line.delivered_number for each in planned)
            if due is None and (is_held_up or line.last_number <= line.delivered_number):
                await self._claims.leave(line)
                return planned[0].next_at if planned else None
            until = await self._claims.claim(line, now)
            if until is not None:
                return until
            self._waiting.look(line, planned)
            if due is not None:
                await self._deliver_planned(line, due)
            else:
                await self._deliver_next(line, 1 if planned else _IN_ONE_TURN)
        return None

    async def _deliver_next(self, line: SimpleNamespace, most: int) -> None:
        """Deliver events after the last one, as long as nothing holds them up."""
        woken = self._woken[line.company_id]
        events = await self._outbox.after(line.company_id, line.delivered_number, most)
        if not events:  # they were forgotten
            await self._attempting.record(line, delivered=line.last_number)
            return
        for event in events:
            may_go_on = await self._attempting.attempt(line, event)
            if not may_go_on or woken.is_set() or self._is_closing:
                break
            line.delivered_number = event.number

    async def _deliver_planned(self, line: SimpleNamespace, planned: SimpleNamespace) -> None:
        database = self._services.database
        event = await attempts.find_event(database, line.company_id, planned.event_id)
        if event is not None:
            await self._attempting.attempt(line, event, planned)
            return
        delivered = max(line.delivered_number, planned.event_number)
        await self._attempting.record(line, delivered=delivered, planned_id=planned.id)


def _is_due(planned: SimpleNamespace, line: SimpleNamespace, now: Instant) -> bool:
    has_next = planned.error == REORDERED and line.delivered_number > planned.event_number
    return bool(planned.next_at <= now or has_next)
