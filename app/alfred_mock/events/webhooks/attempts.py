"""Statements of deliveries: what is planned, what was attempted, and what an event has met."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.tables import Webhook
from alfred_mock.core.clock import Instant
from alfred_mock.database import Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, Selection
from alfred_mock.events.tables import Delivery, DeliveryState, Event
from alfred_mock.events.writing import NOTICE

_events = columns_of(Event)
_webhooks = columns_of(Webhook)
_deliveries = columns_of(Delivery)
_EVENT, _DELIVERY = Selection(Event), Selection(Delivery)
KEPT = 1_000
"""Deliveries of so many of a company's newest events are kept."""
_PENDING = Statement(
    select(*_DELIVERY.columns)
    .where(
        _deliveries.company_id == bindparam("company_id"),
        _deliveries.state == DeliveryState.PENDING,
    )
    .order_by(_deliveries.next_at, _deliveries.event_number, _deliveries.attempt)
)
_ADVANCE = Statement(
    update(Webhook)
    .where(
        _webhooks.company_id == bindparam("of_company"),
        _webhooks.id == bindparam("webhook_id"),
        _webhooks.claimed_by == bindparam("by"),
    )
    .values(delivered_number=bindparam("delivered"), claimed_until=bindparam("until"))
    .returning(_webhooks.id)
)
_INSERT = Insert(Delivery)
_REPLACE = Statement(delete(Delivery).where(_deliveries.id == bindparam("id")))
_TRIM = Statement(
    delete(Delivery).where(
        _deliveries.company_id == bindparam("company_id"),
        _deliveries.event_number <= bindparam("number"),
        _deliveries.state != DeliveryState.PENDING,
    )
)
_FIND_EVENT = Statement(
    select(*_EVENT.columns).where(
        _events.id == bindparam("id"), _events.company_id == bindparam("company_id")
    )
)
_OWNER = Statement(select(_events.company_id).where(_events.id == bindparam("id")))
_LAST_ATTEMPT = Statement(
    select(func.coalesce(func.max(_deliveries.attempt), 0)).where(
        _deliveries.company_id == bindparam("company_id"),
        _deliveries.event_id == bindparam("event_id"),
    )
)
_PENDING_OF_EVENT = Statement(
    update(Delivery)
    .where(
        _deliveries.company_id == bindparam("of_company"),
        _deliveries.event_id == bindparam("of_event"),
        _deliveries.state == DeliveryState.PENDING,
    )
    .values(next_at=bindparam("now"))
    .returning(*_DELIVERY.columns)
)
_SHOWN = Statement(
    select(*_DELIVERY.columns, _events.name)
    .outerjoin_from(Delivery, Event, _deliveries.event_id == _events.id)
    .where(
        and_(
            or_(
                bindparam("company_id", type_=_deliveries.company_id.type).is_(None),
                _deliveries.company_id == bindparam("company_id"),
            ),
            or_(
                bindparam("event_id", type_=_deliveries.event_id.type).is_(None),
                _deliveries.event_id == bindparam("event_id"),
            ),
            or_(
                bindparam("state", type_=_deliveries.state.type).is_(None),
                _deliveries.state == bindparam("state"),
            ),
        )
    )
    .order_by(_deliveries.at.desc(), _deliveries.event_number.desc(), _deliveries.attempt.desc())
    .limit(bindparam("most"))
)


async def pending(database: Database, company_id: str) -> list[SimpleNamespace]:
    """The attempts that are planned, the next one first."""
    return [_DELIVERY.read(row) for row in await database.fetch(_PENDING(company_id=company_id))]


def record(
    line: SimpleNamespace,
    process: str,
    until: Instant,
    *,
    delivered: int,
    attempts: list[dict[str, Any]],
    planned_id: str | None = None,
) -> Transaction[bool]:
    """Store attempts, those in the future too, and how far the webhook has come.

    They replace the planned one with `planned_id`. False, and nothing is stored, where this process
    may not deliver any more: the webhook is another one, or another process has taken over.
    """
    yield from lock_company(line.company_id)
    held: Rows = yield _ADVANCE(
        of_company=line.company_id,
        webhook_id=line.id,
        by=process,
        delivered=delivered,
        until=until,
    )
    if not held:
        return False
    if planned_id is not None:
        yield _REPLACE(id=planned_id)
    for attempt in attempts:
        yield _INSERT(company_id=line.company_id, **attempt)
    if delivered != line.delivered_number and delivered % 100 == 0:
        yield _TRIM(company_id=line.company_id, number=delivered - KEPT)
    return True


async def find_event(database: Database, company_id: str, event_id: str) -> SimpleNamespace | None:
    """An event of a company, None if it was forgotten."""
    rows = await database.fetch(_FIND_EVENT(company_id=company_id, id=event_id))
    return _EVENT.read(rows[0]) if rows else None


async def owner_of(database: Database, event_id: str) -> str | None:
    """The id of the company whose event it is, None if there is no such event."""
    rows = await database.fetch(_OWNER(id=event_id))
    return str(rows[0][0]) if rows else None


async def is_planned(database: Database, event: SimpleNamespace) -> bool:
    """Whether an attempt to deliver the event is planned."""
    planned = await pending(database, event.company_id)
    return any(each.event_id == event.id for each in planned)


def redeliver(
    company_id: str, event: SimpleNamespace, *, delivery_id: str, now: Instant
) -> Transaction[SimpleNamespace]:
    """Plan one more attempt at once, or have the next one made at once; returns it."""
    yield from lock_company(company_id)
    planned: Rows = yield _PENDING_OF_EVENT(of_company=company_id, of_event=event.id, now=now)
    if planned:
        delivery = _DELIVERY.read(planned[0])
    else:
        ((attempt,),) = yield _LAST_ATTEMPT(company_id=company_id, event_id=event.id)
        row = planned_attempt(event, delivery_id, attempt=attempt + 1, now=now, due=now)
        insert = _INSERT(company_id=company_id, **row)
        yield insert
        delivery = SimpleNamespace(**insert.values)
    yield NOTICE(payload=company_id)
    return delivery


def planned_attempt(
    event: SimpleNamespace,
    delivery_id: str,
    *,
    attempt: int,
    now: Instant,
    due: Instant,
    why: str | None = None,
) -> dict[str, Any]:
    """The row of an attempt in the future; `why` says which fault has planned it."""
    return {
        "id": delivery_id,
        "event_id": event.id,
        "event_number": event.number,
        "attempt": attempt,
        "at": now,
        "state": DeliveryState.PENDING,
        "error": why,
        "next_at": due,
    }


async def deliveries(
    database: Database,
    company_id: str | None,
    *,
    event_id: str | None = None,
    state: str | None = None,
    limit: int,
) -> list[SimpleNamespace]:
    """The newest attempts that match, the newest last, each with the `name` of its event.

    The name is None where the event was forgotten.
    """
    rows = await database.fetch(
        _SHOWN(company_id=company_id, event_id=event_id, state=state, most=limit)
    )
    found: list[SimpleNamespace] = []
    for row in reversed(rows):
        values = iter(row)
        found.append(SimpleNamespace(**_DELIVERY.as_dict(values), name=next(values)))
    return found
