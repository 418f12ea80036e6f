"""Statements of webhooks: where to, who delivers, what is to be sent and what was."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, update

from alfred_mock.alfred.tables import EventStream, Webhook
from alfred_mock.auth.caller import CompanyRemoved
from alfred_mock.auth.tables import Company
from alfred_mock.core.clock import Instant
from alfred_mock.database import Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, Selection
from alfred_mock.events.listening import lock_stream, refresh_listening, start_listening
from alfred_mock.events.tables import Delivery, DeliveryState, Event
from alfred_mock.events.webhooks.faults import CountedFault, dump_faults, next_fault, parse_faults
from alfred_mock.events.writing import NOTICE

KEPT = 1_000
"""Deliveries of so many of a company's newest events are kept."""

_companies = columns_of(Company)
_streams = columns_of(EventStream)
_events = columns_of(Event)
_webhooks = columns_of(Webhook)
_deliveries = columns_of(Delivery)
_EVENT, _WEBHOOK, _DELIVERY = Selection(Event), Selection(Webhook), Selection(Delivery)
_STREAM = Selection(EventStream, "webhook_style", "last_number")


def _put(insert: Any) -> Any:
    names = ("id", "url", "token", "created_at")
    new = insert(Webhook).values(
        {name: bindparam(name) for name in ("company_id", *names, "delivered_number")}
    )
    own = {name: new.excluded[name] for name in names}
    # Events that wait go to the new URL; a delivery that is under way belongs to the old one.
    return new.on_conflict_do_update(
        index_elements=["company_id"], set_={**own, "claimed_by": None, "claimed_until": None}
    )


_PUT = Statement(_put)
_REMOVE = Statement(
    delete(Webhook).where(_webhooks.company_id == bindparam("company_id")).returning(_webhooks.id)
)
_FORGET_PENDING = Statement(
    delete(Delivery).where(
        _deliveries.company_id == bindparam("company_id"),
        _deliveries.state == DeliveryState.PENDING,
    )
)
_LINE = Statement(
    select(*_WEBHOOK.columns, *_STREAM.columns)
    .join_from(EventStream, Webhook, _streams.company_id == _webhooks.company_id)
    .where(_webhooks.company_id == bindparam("company_id"))
)
_LINES = Statement(
    select(*_WEBHOOK.columns, *_STREAM.columns)
    .join_from(EventStream, Webhook, _streams.company_id == _webhooks.company_id)
    .order_by(_webhooks.created_at, _webhooks.company_id)
)
_PENDING = Statement(
    select(*_DELIVERY.columns)
    .where(
        _deliveries.company_id == bindparam("company_id"),
        _deliveries.state == DeliveryState.PENDING,
    )
    .order_by(_deliveries.next_at, _deliveries.event_number, _deliveries.attempt)
)
_UNDELIVERED = Statement(
    select(_webhooks.company_id)
    .join_from(EventStream, Webhook, _streams.company_id == _webhooks.company_id)
    .where(
        or_(
            _streams.last_number > _webhooks.delivered_number,
            exists().where(
                _deliveries.company_id == _webhooks.company_id,
                _deliveries.state == DeliveryState.PENDING,
            ),
        )
    )
)
_CLAIM = Statement(
    update(Webhook)
    .where(
        _webhooks.company_id == bindparam("of_company"),
        _webhooks.id == bindparam("webhook_id"),
        or_(
            _webhooks.claimed_by.is_(None),
            _webhooks.claimed_by == bindparam("process"),
            _webhooks.claimed_until < bindparam("now"),
        ),
    )
    .values(claimed_by=bindparam("process"), claimed_until=bindparam("until"))
    .returning(_webhooks.id)
)
_RELEASE = Statement(
    update(Webhook)
    .where(_webhooks.company_id == bindparam("of_company"), _webhooks.claimed_by == bindparam("by"))
    .values(claimed_by=None, claimed_until=None)
)
_RELEASE_ALL = Statement(
    update(Webhook)
    .where(_webhooks.claimed_by == bindparam("by"))
    .values(claimed_by=None, claimed_until=None)
)
# Held first, as in every transaction that locks a company.
_HOLD_COMPANY = Statement(
    select(_companies.id)
    .where(_companies.id == bindparam("id"))
    .with_for_update(read=True, key_share=True)
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
_FAULTS = Statement(
    select(_streams.delivery_faults_json).where(_streams.company_id == bindparam("company_id"))
)
_ALL_FAULTS = Statement(
    select(_streams.company_id, _streams.delivery_faults_json)
    .where(_streams.delivery_faults_json != "[]")
    .order_by(_streams.company_id)
)
_HOLD_FAULTS = Statement(
    select(_streams.delivery_faults_json)
    .where(_streams.company_id == bindparam("company_id"))
    .with_for_update()
)
_SET_FAULTS = Statement(
    update(EventStream)
    .where(_streams.company_id == bindparam("of_company"))
    .values(delivery_faults_json=bindparam("faults"))
)


def put_webhook(
    company_id: str, *, webhook_id: str, url: str, token: str, now: Instant, company_now: Instant
) -> Transaction[None]:
    """Set a company's webhook, which gets the events from now on and those that wait.

    `now` is real, `company_now` what the company's clock says.

    Raises:
        CompanyRemoved: the company has gone.
    """
    last_number = yield from start_listening(company_id, company_now)
    if last_number is None:
        raise CompanyRemoved
    yield _PUT(
        company_id=company_id,
        id=webhook_id,
        url=url,
        token=token,
        created_at=now,
        delivered_number=last_number,
    )
    yield NOTICE(payload=company_id)


def remove_webhook(company_id: str) -> Transaction[bool]:
    """Remove a company's webhook and what it still was to get; False where it had none."""
    if not (yield from lock_stream(company_id)):
        return False
    removed: Rows = yield _REMOVE(company_id=company_id)
    yield _FORGET_PENDING(company_id=company_id)
    yield from refresh_listening(company_id)
    return bool(removed)


async def line_of(database: Database, company_id: str) -> SimpleNamespace | None:
    """A company's webhook, with its stream's style and last number; None where it has none."""
    lines = await lines_of(database, company_id)
    return lines[0] if lines else None


async def lines_of(database: Database, company_id: str | None) -> list[SimpleNamespace]:
    """The same for a company, or for all."""
    call = _LINES() if company_id is None else _LINE(company_id=company_id)
    lines: list[SimpleNamespace] = []
    for row in await database.fetch(call):
        values = iter(row)
        lines.append(SimpleNamespace(**_WEBHOOK.as_dict(values), **_STREAM.as_dict(values)))
    return lines


async def pending(database: Database, company_id: str) -> list[SimpleNamespace]:
    """The attempts that are planned, the next one first."""
    return [_DELIVERY.read(row) for row in await database.fetch(_PENDING(company_id=company_id))]


async def undelivered(database: Database) -> list[str]:
    """The companies whose webhook has something to get."""
    return [str(company_id) for (company_id,) in await database.fetch(_UNDELIVERED())]


async def claim(
    database: Database, line: SimpleNamespace, process: str, now: Instant, until: Instant
) -> bool:
    """Become the only process that delivers to a webhook, until then; False where another is."""
    call = _CLAIM(
        of_company=line.company_id, webhook_id=line.id, process=process, now=now, until=until
    )
    return bool(await database.write(call))


async def release(database: Database, process: str, company_id: str | None = None) -> None:
    """Let others deliver, to the webhook of a company or to all."""
    if company_id is None:
        await database.write(_RELEASE_ALL(by=process))
    else:
        await database.write(_RELEASE(by=process, of_company=company_id))


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
    yield _HOLD_COMPANY(id=line.company_id)
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
    yield _HOLD_COMPANY(id=company_id)
    planned: Rows = yield _PENDING_OF_EVENT(of_company=company_id, of_event=event.id, now=now)
    if planned:
        delivery = _DELIVERY.read(planned[0])
    else:
        ((attempt,),) = yield _LAST_ATTEMPT(company_id=company_id, event_id=event.id)
        row = planned_attempt(event, delivery_id, attempt=attempt + 1, now=now, due=now)
        yield _INSERT(company_id=company_id, **row)
        delivery = SimpleNamespace(**_INSERT(company_id=company_id, **row).values)
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


async def faults_of(database: Database, company_id: str) -> list[CountedFault]:
    """The faults on a company's deliveries, in the order in which they are tried."""
    rows = await database.fetch(_FAULTS(company_id=company_id))
    return parse_faults(company_id, rows[0][0]) if rows else []


async def all_faults(
    database: Database, company_id: str | None
) -> list[tuple[str, list[CountedFault]]]:
    """The companies that have faults, or the one that is named, with their faults."""
    if company_id is not None:
        return [(company_id, await faults_of(database, company_id))]
    return [
        (str(id_), parse_faults(str(id_), text))
        for id_, text in await database.fetch(_ALL_FAULTS())
    ]


async def meet_fault(database: Database, company_id: str, event_name: str) -> CountedFault | None:
    """The fault that an attempt meets, which is counted; None for none."""
    rows = await database.fetch(_FAULTS(company_id=company_id))
    if not rows or rows[0][0] == "[]":
        return None
    return await database.transact(_meet_fault(company_id, event_name))


def _meet_fault(company_id: str, event_name: str) -> Transaction[CountedFault | None]:
    rows: Rows = yield _HOLD_FAULTS(company_id=company_id)
    faults = parse_faults(company_id, rows[0][0]) if rows else []
    met = next_fault(faults, event_name)
    yield _SET_FAULTS(of_company=company_id, faults=dump_faults(faults))
    return met


def change_faults(
    company_id: str, *, add: CountedFault | None = None, remove: str | None = None
) -> Transaction[int]:
    """Add a fault behind the others, or remove one or, with neither, all; returns how many went.

    Raises:
        CompanyRemoved: the company has gone.
    """
    if not (yield from lock_stream(company_id)):
        raise CompanyRemoved
    rows: Rows = yield _HOLD_FAULTS(company_id=company_id)
    faults = parse_faults(company_id, rows[0][0])
    if add is not None:
        kept = [*faults, add]
    else:
        kept = [fault for fault in faults if remove is not None and fault.id != remove]
    yield _SET_FAULTS(of_company=company_id, faults=dump_faults(kept))
    return max(0, len(faults) - len(kept))


_CLEAR_FAULTS = Statement(
    update(EventStream)
    .where(
        or_(
            bindparam("of_company", type_=_streams.company_id.type).is_(None),
            _streams.company_id == bindparam("of_company"),
        )
    )
    .values(delivery_faults_json="[]")
)


def clear_faults(company_id: str | None) -> Transaction[None]:
    """Remove the faults on the deliveries of a company, or of all."""
    yield _CLEAR_FAULTS(of_company=company_id)


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
