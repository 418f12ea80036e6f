"""Forgets events that are kept no longer, with what became of them."""

from sqlalchemy import BigInteger, bindparam, delete, exists, func, or_, select

from alfred_mock.alfred.tables import Webhook
from alfred_mock.core.clock import Instant
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.events.tables import Delivery, DeliveryState, Event

_AT_ONCE = 200

_events, _webhooks, _deliveries = (columns_of(table) for table in (Event, Webhook, Delivery))
_company = bindparam("company_id", type_=_events.company_id.type)
_newest = select(func.max(_events.number)).where(_events.company_id == _company).scalar_subquery()
_delivered = (
    select(_webhooks.delivered_number).where(_webhooks.company_id == _company).scalar_subquery()
)
_FORGET = Statement(
    delete(Event)
    .where(
        _events.id.in_(
            select(_events.id)
            .where(
                _events.company_id == _company,
                or_(
                    _events.occurred_at < bindparam("before", type_=BigInteger()),
                    _events.number <= _newest - bindparam("keep", type_=BigInteger()),
                ),
                or_(_delivered.is_(None), _events.number <= _delivered),
                ~exists().where(
                    _deliveries.company_id == _company,
                    _deliveries.event_id == _events.id,
                    _deliveries.state == DeliveryState.PENDING,
                ),
            )
            .order_by(_events.number)
            .limit(_AT_ONCE)
        )
    )
    .returning(_events.id)
)
_FORGET_DELIVERIES = Statement(
    delete(Delivery).where(
        _deliveries.company_id == _company, _deliveries.event_id == bindparam("event_id")
    )
)


def forget_oldest(company_id: str, *, before: Instant, keep: int) -> Transaction[int]:
    """Forget some of a company's oldest events; how many, 0 if there are no more to forget.

    Those go that are older than `before`, or not among the newest so many; none that its webhook
    has yet to get.
    """
    gone: Rows = yield _FORGET(company_id=company_id, before=before, keep=keep)
    if gone:
        yield _FORGET_DELIVERIES.many(
            [{"company_id": company_id, "event_id": id_} for (id_,) in gone]
        )
    return len(gone)
