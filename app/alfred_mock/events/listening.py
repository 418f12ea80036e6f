"""Who listens to a company: its webhook, its realtime connections, or a test that has asked.

Job creation reads one column, `EventStream.is_listened_to`. Each change of a listener brings it up
to date in the same transaction.
"""

from typing import Any

from sqlalchemy import bindparam, delete, exists, or_, select, update

from alfred_mock.alfred.tables import EventStream
from alfred_mock.auth.tables import Company
from alfred_mock.core.clock import Instant
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, defaults_of
from alfred_mock.events.recording import catch_up
from alfred_mock.events.tables import RealtimeConnection, Webhook
from alfred_mock.events.writing import NOTICE

_companies = columns_of(Company)
_streams = columns_of(EventStream)
_webhooks = columns_of(Webhook)
_connections = columns_of(RealtimeConnection)

# Waits for transactions that have read the column, and keeps others from reading it: they share
# the lock of the company.
_LOCK_COMPANY = Statement(
    select(_companies.id).where(_companies.id == bindparam("id")).with_for_update()
)
_ENSURE = Statement(
    lambda insert: (
        insert(EventStream)
        .values(company_id=bindparam("company_id"), **defaults_of(EventStream))
        .on_conflict_do_nothing()
    )
)
_somebody = or_(
    _streams.is_on,
    exists().where(_webhooks.company_id == _streams.company_id),
    exists().where(_connections.company_id == _streams.company_id),
)
_REFRESH = Statement(
    update(EventStream)
    .where(_streams.company_id == bindparam("of_company"))
    .values(is_listened_to=_somebody)
)
_START = Statement(
    update(EventStream)
    .where(_streams.company_id == bindparam("of_company"), _streams.is_listened_to.is_(False))
    .values(is_listened_to=True)
    .returning(_streams.company_id)
)
_LAST = Statement(
    select(_streams.last_number).where(_streams.company_id == bindparam("company_id"))
)
_LISTENED = Statement(
    select(_streams.is_listened_to).where(_streams.company_id == bindparam("company_id"))
)
_CONNECT = Insert(RealtimeConnection)
_DISCONNECT = Statement(
    delete(RealtimeConnection)
    .where(_connections.id == bindparam("id"))
    .returning(_connections.company_id)
)


def start_listening(company_id: str, now: Instant) -> Transaction[int | None]:
    """Begin to write a company's events; None where there is no such company.

    To be called before the row of a new listener is inserted, and first in its transaction. What
    has happened before is written now, if nobody listened so far. Returns the number of the last
    event: a listener is told of those after it.
    """
    if not (yield from lock_stream(company_id)):
        return None
    if (yield _START(of_company=company_id)):
        yield from catch_up(company_id, now)
        yield NOTICE(payload=company_id)
    ((last_number,),) = yield _LAST(company_id=company_id)
    return int(last_number)


def lock_stream(company_id: str) -> Transaction[bool]:
    """Lock a company and see that it has a stream; False where there is no such company.

    To be called first in each transaction in which somebody ceases to listen.
    """
    if not (yield _LOCK_COMPANY(id=company_id)):
        return False
    yield _ENSURE(company_id=company_id)
    return True


def refresh_listening(company_id: str) -> Transaction[None]:
    """Bring `is_listened_to` up to date, after somebody has ceased to listen."""
    yield _REFRESH(of_company=company_id)


def is_listened_to(company_id: str) -> Transaction[bool]:
    """Whether events of the company are written."""
    rows: Rows = yield _LISTENED(company_id=company_id)
    return bool(rows and rows[0][0])


def connect(company_id: str, connection: dict[str, Any], now: Instant) -> Transaction[int | None]:
    """Remember a realtime connection; returns what `start_listening` does."""
    last_number = yield from start_listening(company_id, now)
    if last_number is not None:
        yield _CONNECT(company_id=company_id, **connection)
    return last_number


def disconnect(company_id: str, connection_id: str) -> Transaction[None]:
    """Forget a realtime connection of a company."""
    if (yield from lock_stream(company_id)):
        yield _DISCONNECT(id=connection_id)
        yield from refresh_listening(company_id)
