"""The faults on deliveries of each company, in the row of its stream."""

from sqlalchemy import bindparam, or_, select, update

from alfred_mock.alfred.tables import EventStream
from alfred_mock.auth.caller import CompanyRemoved
from alfred_mock.database import Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.events.listening import lock_stream
from alfred_mock.events.webhooks.faults import CountedFault, dump_faults, next_fault, parse_faults

_streams = columns_of(EventStream)
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


def clear_faults(company_id: str | None) -> Transaction[None]:
    """Remove the faults on the deliveries of a company, or of all."""
    yield _CLEAR_FAULTS(of_company=company_id)
