"""Statements of webhooks: where to, and who delivers."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, delete, exists, or_, select, update

from alfred_mock.alfred.tables import EventStream, Webhook
from alfred_mock.auth.caller import CompanyRemoved
from alfred_mock.core.clock import Instant
from alfred_mock.database import Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection
from alfred_mock.events.listening import lock_stream, refresh_listening, start_listening
from alfred_mock.events.tables import Delivery, DeliveryState
from alfred_mock.events.writing import NOTICE

_streams = columns_of(EventStream)
_webhooks = columns_of(Webhook)
_deliveries = columns_of(Delivery)
_WEBHOOK = Selection(Webhook)
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
