"""Reset: back to the seed, in one transaction, while requests go on.

Where there is very much, some goes in portions before that transaction, and some of the seed's
files come after it; a reset that was broken off then is to be asked for again.

Credentials and access tokens stay as they are, so clients need not notice. A request that runs at
the same time takes effect as a whole, or is refused like one that names what is not there.
"""

import asyncio
from enum import StrEnum

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import delete

from alfred_mock.alfred.tables import (
    CompanyProfile,
    DataPoint,
    DeferredSession,
    ExtractionRule,
    File,
    FileContent,
    FileName,
    FileValue,
    Job,
    Tag,
)
from alfred_mock.control import portions
from alfred_mock.control.body import Choice, ControlBody
from alfred_mock.control.clocks import clear_clocks
from alfred_mock.control.company_filter import CompanyName, company_id_of, of_company
from alfred_mock.control.faults.store import clear_faults
from alfred_mock.control.journal.queue import JournalDep
from alfred_mock.control.seed.company import hold_companies
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.control.seed.events import clear_events, refresh_streams
from alfred_mock.control.seed.loading import kept_content, load_all, stored_document
from alfred_mock.control.seed.preloading import add_files_later, is_large
from alfred_mock.control.seed.preparing import Prepared, prepare
from alfred_mock.core.errors import BadRequest, Conflict, NotFound, Refusal, describe_errors
from alfred_mock.core.garbage import no_collection
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.engine.late_routes import LateRoute
from alfred_mock.events.webhooks.fault_store import clear_faults as clear_delivery_faults

router = APIRouter(route_class=LateRoute, prefix="/reset", tags=["Reset"])


class Part(StrEnum):
    """What can be reset by itself."""

    STATE = "state"
    JOURNAL = "journal"
    FAULTS = "faults"
    CLOCK = "clock"


class Reset(ControlBody):
    """What to reset."""

    company: CompanyName = None
    only: list[Choice[Part]] = Field(list(Part), min_length=1, description="Everything if absent.")


_SOURCE = "the company's seed"
_FILES = Statement(
    delete(File)
    .where(of_company(columns_of(File).company_id))
    .returning(columns_of(File).id, columns_of(File).company_id)
)
# Rows that refer to others come before them.
_STATE = [
    Statement(delete(model).where(of_company(columns_of(model).company_id)))
    for model in (
        FileValue,
        FileContent,
        FileName,
        Job,
        DeferredSession,
        ExtractionRule,
        DataPoint,
        Tag,
        CompanyProfile,
    )
]


@router.post(
    "",
    summary="Back to the seed.",
    response_model=dict[str, str],
    responses=describe_errors(BadRequest, NotFound, Conflict),
)
async def reset(
    services: ServicesDep, journal: JournalDep, asked: Reset | None = None
) -> JsonReply:
    """One company's world, or everybody's, is as its seed says when this is answered.

    Credentials stay valid. `only` leaves the parts that it does not name as they are.
    """
    asked = asked or Reset()
    company_id = await company_id_of(services, asked.company)
    try:
        with no_collection():
            await _reset(services, company_id, set(asked.only))
    except Refusal as refusal:
        raise Conflict(f"{refusal}") from None
    if Part.JOURNAL in asked.only:
        await journal.forget(company_id)
    await services.database.announce()
    return JsonReply({})


async def _reset(services: Services, company_id: str | None, parts: set[Part]) -> None:
    document = SeedDocument()
    if Part.STATE in parts:
        document = await stored_document(services, company_id)
        # The rest goes with what takes its place, in one transaction.
        await portions.thin_out(
            services, company_id, lambda: hold_companies(company_id), left=portions.PORTION
        )
    prepared = await prepare(services, document)
    large = [company for company in document.companies if is_large(services, company)]
    async with kept_content(services, document):
        removed = await services.database.transact(
            _back_to(services, company_id, parts, prepared, [company.id for company in large])
        )
        for company in large:
            await add_files_later(services, company, _SOURCE)
            await services.database.transact(refresh_streams(services, company.id))
    seeded = {file.id for company in document.companies for file in company.files}
    for file_id, owner in removed:
        if file_id not in seeded:
            await services.storage.discard(owner, file_id)
    if len(seeded) > portions.PORTION:
        await asyncio.to_thread(document.let_go)


def _back_to(
    services: Services,
    company_id: str | None,
    parts: set[Part],
    prepared: Prepared,
    later: list[str],
) -> Transaction[Rows]:
    """`later` are the ids of companies whose files follow.

    Returns the id and the company of each file that was removed."""
    removed: Rows = []
    yield from hold_companies(company_id)
    if Part.STATE in parts:
        yield from clear_events(company_id)
        removed = yield _FILES(company_id=company_id)
        for delete_rows in _STATE:
            yield delete_rows(company_id=company_id)
        yield from load_all(services, prepared, source=_SOURCE, later=later)
        yield from refresh_streams(services, company_id)
    if Part.FAULTS in parts:
        yield from clear_faults(company_id)
        if Part.STATE not in parts:  # otherwise they are as the seed says already
            yield from clear_delivery_faults(company_id)
    if Part.CLOCK in parts:
        yield from clear_clocks(company_id)
    return removed
