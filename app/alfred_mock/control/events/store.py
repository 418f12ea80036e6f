"""Queries about events, and having them written for who asks."""

from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update

from alfred_mock.alfred.tables import EventStream
from alfred_mock.auth.tables import Company
from alfred_mock.control.company_filter import of_company
from alfred_mock.core.clock import Instant
from alfred_mock.core.services import Services
from alfred_mock.database import Database, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection
from alfred_mock.events.listening import start_listening
from alfred_mock.events.recording import next_due, tell_due
from alfred_mock.events.tables import Event

LARGEST = 2**31 - 1
"""The largest number of an event."""

_events = columns_of(Event)
_streams = columns_of(EventStream)
_companies = columns_of(Company)
_EVENT = Selection(Event)

_BY_ID = Statement(select(*_EVENT.columns).where(_events.id == bindparam("id")))
_OFF = Statement(
    select(_companies.id)
    .outerjoin_from(Company, EventStream, _streams.company_id == _companies.id)
    .where(of_company(_companies.id), _streams.is_on.is_not(True))
    .order_by(_companies.id)
)
_ASK = Statement(
    update(EventStream).where(_streams.company_id == bindparam("of_company")).values(is_on=True)
)


class Filters(NamedTuple):
    """What an event must be like; None is anything."""

    company_id: str | None = None
    name: str | None = None
    job_id: str | None = None
    file_id: str | None = None
    after: int | None = None
    since: Instant | None = None

    @property
    def conditions(self) -> dict[str, object]:
        """The values that are compared, by the name of their condition."""
        return {name: value for name, value in self._asdict().items() if value is not None}


_CONDITIONS = {
    "company_id": _events.company_id == bindparam("company_id"),
    "name": _events.name == bindparam("name"),
    "job_id": _events.job_id == bindparam("job_id"),
    "file_id": _events.file_id == bindparam("file_id"),
    "after": _events.number > bindparam("after"),
    "since": _events.occurred_at >= bindparam("since"),
}


@cache
def _count(*names: str) -> Statement:
    conditions = [_CONDITIONS[name] for name in names]
    return Statement(select(func.count(_events.number)).where(*conditions))


@cache
def _newest(*names: str) -> Statement:
    of_several = () if "company_id" in names else (_events.occurred_at, _events.company_id)
    return Statement(
        select(*_EVENT.columns)
        .where(*(_CONDITIONS[name] for name in names))
        .order_by(*(column.desc() for column in (*of_several, _events.number)))
        .limit(bindparam("most"))
    )


async def count(database: Database, filters: Filters) -> int:
    """How many events match."""
    conditions = filters.conditions
    ((found,),) = await database.fetch(_count(*conditions)(**conditions))
    return int(found)


async def find(database: Database, filters: Filters, *, limit: int) -> list[SimpleNamespace]:
    """The newest events that match, oldest first: by number, those of several companies by time."""
    conditions = filters.conditions
    rows = await database.fetch(_newest(*conditions)(**conditions, most=limit))
    return [_EVENT.read(row) for row in rows][::-1]


@cache
def _next(*names: str) -> Statement:
    return Statement(
        select(*_EVENT.columns)
        .where(*(_CONDITIONS[name] for name in names))
        .order_by(_events.number)
        .limit(bindparam("most"))
    )


async def find_next(database: Database, filters: Filters, *, limit: int) -> list[SimpleNamespace]:
    """The oldest events of a company that match, by number."""
    conditions = filters.conditions
    rows = await database.fetch(_next(*conditions)(**conditions, most=limit))
    return [_EVENT.read(row) for row in rows]


_NUMBERS = Statement(
    select(_streams.company_id, _streams.last_number)
    .where(of_company(_streams.company_id))
    .order_by(_streams.company_id)
)


async def newest_numbers(database: Database, company_id: str | None) -> list[tuple[str, int]]:
    """The number of the newest event of a company, or of each, 0 where there has been none."""
    rows = await database.fetch(_NUMBERS(company_id=company_id))
    return [(str(id_), int(number)) for id_, number in rows]


async def find_by_ids(database: Database, ids: list[str]) -> list[SimpleNamespace]:
    """The events with these ids, in the same order."""
    found = [await database.fetch(_BY_ID(id=id_)) for id_ in ids]
    return [_EVENT.read(rows[0]) for rows in found if rows]


async def ask(services: Services, company_id: str | None) -> None:
    """See that events of a company, or of all, are written from now on, and are up to date.

    What jobs have come to before is written now.
    """
    for (id_,) in await services.database.fetch(_OFF(company_id=company_id)):
        now = services.clock.now(str(id_))
        await services.database.transact(_asked(str(id_), now))
    if company_id is None:
        return
    # The clock may have been moved, and the scheduler not have come to it yet.
    now = services.clock.now(company_id)
    next_at = await next_due(services.database, company_id)
    while next_at is not None and next_at <= now:
        before, next_at = next_at, await services.database.transact(tell_due(company_id, now))
        if next_at == before:  # another process is telling it
            break


def _asked(company_id: str, now: Instant) -> Transaction[None]:
    if (yield from start_listening(company_id, now)) is not None:
        yield _ASK(of_company=company_id)
