"""When companies were made, and when those end that were made for a time only.

There is no task in the background: what is over goes with the next control call, on whichever
replica that is. Time is the real one: a company that sets its clock lives no longer for it.
"""

import logging

from sqlalchemy import bindparam, or_, select, update

from alfred_mock.auth.tables import Company
from alfred_mock.control.journal.queue import JournalDep, JournalQueue
from alfred_mock.control.tables import UNFINISHED, CompanyLifetime
from alfred_mock.control.unfinished import remove_with_all
from alfred_mock.core.clock import Instant
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.core.storage import StorageUnavailable
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

log = logging.getLogger("alfred_mock")

_companies, _lifetimes = columns_of(Company), columns_of(CompanyLifetime)

_END = Statement(
    update(CompanyLifetime)
    .where(_lifetimes.company_id == bindparam("of_company", type_=_lifetimes.company_id.type))
    .values(expires_at=bindparam("ends"))
)
_LIST = Statement(
    select(_companies.id, _companies.name, _lifetimes.created_at, _lifetimes.expires_at)
    .select_from(Company)
    .outerjoin(CompanyLifetime, _lifetimes.company_id == _companies.id)
    .where(or_(_lifetimes.created_at.is_(None), _lifetimes.created_at != UNFINISHED))
)
_OVER = Statement(
    select(_lifetimes.company_id)
    .where(_lifetimes.expires_at <= bindparam("now"))
    .order_by(_lifetimes.company_id)
)


def end_at(company_id: str, expires_at: Instant) -> Transaction[None]:
    """Have a company end at this instant."""
    yield _END(of_company=company_id, ends=expires_at)


async def list_companies(services: Services) -> Rows:
    """The id, the name, the begin and the end of each company, the oldest first."""
    rows = await services.database.fetch(_LIST())
    return sorted(rows, key=lambda row: (row[2] or 0, row[1], row[0]))


async def remove_company(services: Services, journal: JournalQueue, company_id: str) -> bool:
    """Remove a company with all that it owns, to be announced; False if it was gone already."""
    await journal.flush()
    return await remove_with_all(services, company_id)


async def remove_what_is_over(services: ServicesDep, journal: JournalDep) -> None:
    """Remove the companies whose time is over; a dependency of all control calls."""
    over = await services.database.fetch(_OVER(now=services.clock.real()))
    for (company_id,) in over:
        try:
            await remove_company(services, journal, company_id)
        except StorageUnavailable as error:
            # The call is not about this company, so it does not fail for it.
            log.warning("content of the company %s stays: %s", company_id, error.reason)
    if over:
        await services.database.announce()
