"""Very much of a seed is loaded in portions where one transaction would keep other writers waiting.

That is so on SQLite, which has one writer at a time. A new company gets its sessions, jobs and
files before it is there for anybody (`control.unfinished`), and with the last transaction it is, as
a whole. A company that is reset gets its files back after the transaction that resets it.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import bindparam, func, select

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.processing.extraction import rulebook
from alfred_mock.alfred.tables import DeferredSession, File, Job
from alfred_mock.control import portions, unfinished
from alfred_mock.control.seed.company import CompanySeed, put_profile
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.control.seed.files import FileSeed, add_files
from alfred_mock.control.seed.jobs import add_jobs, add_sessions
from alfred_mock.control.seed.tags import put_tags
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of

MOST_AT_ONCE = 500
"""So many sessions, jobs and files of a company are loaded by a single transaction."""
MOST_BYTES_AT_ONCE = 16_777_216
"""So much content, roughly."""


def _count(model: Any) -> Any:
    mine = columns_of(model).company_id == bindparam("id", type_=columns_of(model).company_id.type)
    return select(func.count()).select_from(model).where(mine).scalar_subquery()


_COUNTS = Statement(select(*map(_count, (DeferredSession, Job, File))))


def is_large(services: Services, company: CompanySeed) -> bool:
    """Whether this much is to be loaded in portions."""
    rows = len(company.deferred_sessions) + len(company.jobs) + len(company.files)
    return services.database.has_one_writer and (
        rows > MOST_AT_ONCE or sum(map(_weight, company.files)) > MOST_BYTES_AT_ONCE
    )


def _weight(file: FileSeed) -> int:
    return len(file.content or file.content_base64 or "")


@asynccontextmanager
async def preloaded(
    services: Services, document: SeedDocument, source: str
) -> AsyncIterator[Collection[str]]:
    """Load what is large of new companies; the ids of these, which nobody sees yet.

    They are removed unless what follows finishes them. What another loading has left goes first.
    """
    begun: list[str] = []
    try:
        for company in document.companies:
            if await unfinished.is_unfinished(services, company.id):
                await unfinished.remove_with_all(services, company.id)
            if is_large(services, company) and await _begin(services, company, source):
                begun.append(company.id)
                await _add_all(services, company, source)
        yield begun
    finally:
        for company_id in begun:
            if await unfinished.is_unfinished(services, company_id):
                await unfinished.remove_with_all(services, company_id)


async def _begin(services: Services, company: CompanySeed, source: str) -> bool:
    def transaction() -> Transaction[bool]:
        if not (yield from unfinished.begin(company.id, company.name, services.clock.real())):
            return False
        yield from put_profile(company)
        yield from put_tags(company.id, company.tags, source)
        return True

    return await services.database.transact(transaction())


async def _add_all(services: Services, company: CompanySeed, source: str) -> None:
    id_, size, database = company.id, portions.PORTION, services.database

    def going_on(work: Transaction[Any]) -> Transaction[None]:
        yield from unfinished.go_on(id_, services.clock.real())
        yield from work

    for start in range(0, len(company.deferred_sessions), size):
        sessions = company.deferred_sessions[start : start + size]
        await portions.in_turn(database, going_on(add_sessions(id_, sessions, source)))
    file_counts = Counter(file.job_id for file in company.files)
    for start in range(0, len(company.jobs), size):
        jobs = company.jobs[start : start + size]
        work = add_jobs(services, id_, jobs, file_counts, source)
        await portions.in_turn(database, going_on(work))
    for first, files in _portions_of(company.files):
        work = _some_files(services, id_, files, source, first)
        await portions.in_turn(database, going_on(work))


async def add_files_later(services: Services, company: CompanySeed, source: str) -> None:
    """Add the files of a company that is there, in portions.

    Raises:
        Refusal: another company has one of them.
        NotFound: the company has gone.
    """

    def locked(work: Transaction[Any]) -> Transaction[None]:
        if not (yield from lock_company(company.id)):
            raise NotFound("There is no company with this id or credential.")
        yield from work

    for first, files in _portions_of(company.files):
        work = _some_files(services, company.id, files, source, first)
        await portions.in_turn(services.database, locked(work))


def _some_files(
    services: Services, company_id: str, files: list[FileSeed], source: str, first: int
) -> Transaction[list[str]]:
    rules = yield from rulebook(company_id)
    added = yield from add_files(services.storage, company_id, files, rules, source, first=first)
    return added


def _portions_of(files: list[FileSeed]) -> list[tuple[int, list[FileSeed]]]:
    """Files as they are loaded together, each time with the place of the first."""
    found: list[tuple[int, list[FileSeed]]] = []
    weight = 0
    for place, file in enumerate(files):
        weight += _weight(file)
        if not found or len(found[-1][1]) >= portions.PORTION or weight > portions.PORTION_BYTES:
            found.append((place, []))
            weight = _weight(file)
        found[-1][1].append(file)
    return found


def check_complete(company: CompanySeed) -> Transaction[None]:
    """Make sure that nobody has removed anything of what was loaded before.

    Raises:
        Abandoned: it is not all there.
    """
    counts = yield _COUNTS(id=company.id)
    if [tuple(row) for row in counts] != [
        (len(company.deferred_sessions), len(company.jobs), len(company.files))
    ]:
        raise unfinished.Abandoned
