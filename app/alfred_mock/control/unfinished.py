"""Companies that are made or removed in several transactions: until the last one nobody sees them.

Such a company has no credentials, is in no list and no export, and its id is unknown to all calls.
Each transaction says that the work goes on; where none has for a while, because a process was
killed, the next control call of anybody removes what there is.
"""

from typing import Any

from sqlalchemy import bindparam, delete, func, literal, select, update

from alfred_mock.alfred.tables import DeferredSession, EventStream, File, FileName, Job, Webhook
from alfred_mock.auth.tables import ApiKey, Company, HmacPair, User
from alfred_mock.control import portions
from alfred_mock.control.tables import UNFINISHED, CompanyLifetime, JournalEntry
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import Unavailable
from alfred_mock.core.services import Services
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import row_of
from alfred_mock.events.tables import Delivery, Event, RealtimeConnection

LEASE_MS = 60_000
"""How long after the last sign of the work the company is taken for abandoned."""

_companies, _lifetimes = columns_of(Company), columns_of(CompanyLifetime)
_of_company = _lifetimes.company_id == bindparam("of_company", type_=_lifetimes.company_id.type)


def _sizes() -> Any:
    tables = (File, Job, DeferredSession, FileName, Event, Delivery, JournalEntry)
    counted = []
    for model in tables:
        mine = columns_of(model).company_id == bindparam("id", type_=_companies.id.type)
        rows = select(literal(1)).select_from(model).where(mine).limit(bindparam("most"))
        counted.append(select(func.count()).select_from(rows.subquery()).scalar_subquery())
    return select(*counted)


_SIZES = Statement(_sizes())
_NEW = Statement(lambda insert: insert(Company).on_conflict_do_nothing().returning(_companies.id))


def _hidden(insert: Any) -> Any:
    statement = insert(CompanyLifetime)
    changed = {name: statement.excluded[name] for name in ("created_at", "expires_at")}
    return statement.on_conflict_do_update(index_elements=["company_id"], set_=changed)


_HIDE = Statement(_hidden)
_GO_ON = Statement(
    update(CompanyLifetime)
    .where(_of_company, _lifetimes.created_at == UNFINISHED)
    .values(expires_at=bindparam("until"))
    .returning(_lifetimes.company_id)
)
_IS_UNFINISHED = Statement(
    select(_lifetimes.company_id).where(_of_company, _lifetimes.created_at == UNFINISHED)
)
_REACH = [
    Statement(
        delete(model).where(
            columns_of(model).company_id == bindparam("id", type_=columns_of(model).company_id.type)
        )
    )
    for model in (User, ApiKey, HmacPair, RealtimeConnection, Webhook, EventStream)
]
_LOCK = Statement(
    select(_companies.id)
    .where(_companies.id == bindparam("id", type_=_companies.id.type))
    .with_for_update()
)
_DELETE = Statement(
    delete(Company).where(_companies.id == bindparam("id")).returning(_companies.id)
)


class Abandoned(Unavailable):
    """Somebody else has removed the company, or made it anew."""

    def __init__(self) -> None:
        message = "Another call has removed the company meanwhile; try again later."
        super().__init__(message, reason="an unfinished company was removed")


async def remove_with_all(services: Services, company_id: str) -> bool:
    """Remove a company and what it owns, to be announced; False if it was gone already.

    One that owns much goes out of reach first, then in portions.
    """
    database, now = services.database, services.clock.real
    ((*sizes,),) = await database.fetch(_SIZES(id=company_id, most=portions.PORTION + 1))
    if max(sizes) > portions.PORTION:
        if not await database.transact(_put_out_of_reach(company_id, now())):
            return False
        await database.announce()
        try:
            await portions.thin_out(
                services, company_id, lambda: go_on(company_id, now()), left=0, journal=True
            )
        except Abandoned:
            return False
    removed = await database.write(_DELETE(id=company_id))
    await services.storage.forget(company_id)
    return bool(removed)


def _put_out_of_reach(company_id: str, now: Instant) -> Transaction[bool]:
    if not (yield _LOCK(id=company_id)):
        return False
    for statement in _REACH:
        yield statement(id=company_id)
    yield _HIDE(**_lifetime(company_id, now))
    return True


def _lifetime(company_id: str, now: Instant) -> dict[str, Any]:
    return row_of(
        CompanyLifetime,
        company_id=company_id,
        created_at=UNFINISHED,
        expires_at=now + LEASE_MS,
    )


def begin(company_id: str, name: str, now: Instant) -> Transaction[bool]:
    """Begin to make a company; False if there is one with this id."""
    if not (yield _NEW(id=company_id, name=name)):
        return False
    yield _HIDE(**_lifetime(company_id, now))
    return True


def go_on(company_id: str, now: Instant) -> Transaction[None]:
    """Lock the company until the transaction ends, and say that the work goes on.

    Raises:
        Abandoned: the company is gone, or it is finished.
    """
    if not (yield _GO_ON(of_company=company_id, until=now + LEASE_MS)):
        raise Abandoned


async def is_unfinished(services: Services, company_id: str) -> bool:
    """Whether the company is being made or removed, or that was broken off."""
    return bool(await services.database.fetch(_IS_UNFINISHED(of_company=company_id)))
