"""Puts a seed document into the database, all of it or nothing.

Loading the same document again changes nothing: companies, credentials, tags and rules are set to
what the document says; sessions, jobs and files are left as they have become. The reset of a
company goes back to the document that was loaded last for it.
"""

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from sqlalchemy import bindparam, select

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.processing.extraction import rulebook
from alfred_mock.alfred.tables import File
from alfred_mock.control import demo
from alfred_mock.control.company_filter import of_company
from alfred_mock.control.seed.checks import unknown_names
from alfred_mock.control.seed.company import CompanySeed, put_company
from alfred_mock.control.seed.credentials import put_credentials
from alfred_mock.control.seed.document import SeedDocument, parse_seed, refusal
from alfred_mock.control.seed.events import put_events
from alfred_mock.control.seed.files import add_files
from alfred_mock.control.seed.formats import parse_json
from alfred_mock.control.seed.jobs import add_jobs, add_sessions
from alfred_mock.control.seed.preloading import check_complete, preloaded
from alfred_mock.control.seed.preparing import Prepared, prepare
from alfred_mock.control.seed.rows import Upsert
from alfred_mock.control.seed.tags import add_tag, put_tags, replace_rules
from alfred_mock.control.tables import StoredSeed
from alfred_mock.core.errors import NotFound, Refusal
from alfred_mock.core.services import Services
from alfred_mock.core.vault import Vault
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

Loading = Callable[[], Transaction[None]]
"""Loads a document as a part of a transaction."""

_seeds, _files = columns_of(StoredSeed), columns_of(File)

_UPSERT_SEED = Upsert(StoredSeed, "company_id")
_FIND_SEEDS = Statement(
    select(_seeds.company_id, _seeds.document_json)
    .where(of_company(_seeds.company_id))
    .order_by(_seeds.company_id)
)
_FIND_FILE = Statement(select(_files.id).where(_files.id == bindparam("id")))


async def load(services: Services, document: SeedDocument, *, source: str) -> None:
    """Load a document.

    Raises:
        Refusal: something in it belongs to another company already, a company that gives no tags
            names one that it has not, or it has the demo credentials in staging.
    """
    await load_prepared(services, await prepare(services, document), source=source)


async def load_prepared(
    services: Services,
    prepared: Prepared,
    *,
    source: str,
    within: Callable[[Loading], Transaction[None]] | None = None,
) -> None:
    """Load a document, `within` a transaction that does the loading, if at all.

    Raises:
        Refusal: as for `load`.
    """

    document = prepared.document
    async with (
        kept_content(services, document),
        preloaded(services, document, source) as before,
    ):
        loading = partial(load_all, services, prepared, source=source, before=before)
        await services.database.transact(loading() if within is None else within(loading))


def load_all(
    services: Services,
    prepared: Prepared,
    *,
    source: str,
    before: Collection[str] = (),
    later: Collection[str] = (),
) -> Transaction[None]:
    """Load a document as part of a transaction, as `load` does.

    `before` are the ids of companies whose sessions, jobs and files are loaded already, `later`
    of those whose files follow.
    """
    document = prepared.document
    if services.settings.refuses_demo and document.credentials & demo.CREDENTIALS:
        raise Refusal(f"{source} gives {demo.WELL_KNOWN}")
    for index, (company, text) in enumerate(zip(document.companies, prepared.seeds, strict=True)):
        yield from put_company(company, services.clock.real())
        yield from put_credentials(
            services, company.id, company.credentials, prepared.passwords, source
        )
        rules = yield from put_tags(company.id, company.tags, source)
        names = company.tag_names
        if company.tags is None:
            # Only the database knows the tags, so names of tags were not checked before.
            tags = {tag.name: [point.name for point in tag.points] for tag in rules.tags}
            problems = [at.within("companies", index) for at in unknown_names(company, tags)]
            if problems:
                raise refusal(source, problems)
            names = list(tags)
        yield from replace_rules(company.id, company.rules, names)
        if company.id in before:
            yield from check_complete(company)
        else:
            yield from add_sessions(company.id, company.deferred_sessions, source)
            file_counts = Counter(file.job_id for file in company.files)
            yield from add_jobs(services, company.id, company.jobs, file_counts, source)
            files = [] if company.id in later else company.files
            yield from add_files(services.storage, company.id, files, rules, source)
        yield from put_events(services, company.id, company.events)
        yield _UPSERT_SEED(company_id=company.id, document_json=text)


def stored_seeds(company_id: str | None) -> Transaction[dict[str, str]]:
    """The stored seeds as they are stored, by the ids of their companies."""
    rows: Rows = yield _FIND_SEEDS(company_id=company_id)
    return {str(id_): text for id_, text in rows}


async def stored_document(services: Services, company_id: str | None) -> SeedDocument:
    """The document to which a company, or each of them, goes back.

    A company that never had a seed is not in it.

    Raises:
        Refusal: two companies would get the same thing: one of them lost it, and the other was
            seeded with it.
    """
    (rows,) = await services.database.fetch_together([_FIND_SEEDS(company_id=company_id)])
    return await asyncio.to_thread(_parsed, services.vault, dict(rows))


def _parsed(vault: Vault, seeds: dict[str, str]) -> SeedDocument:
    companies = [parse_json(vault.open(text, of=id_)) for id_, text in seeds.items()]
    return parse_seed({"companies": companies}, source="the stored seeds")


@asynccontextmanager
async def kept_content(services: Services, document: SeedDocument) -> AsyncIterator[None]:
    """Keep the content of files that are not there yet; discard it if loading them fails."""
    if services.storage.is_database:
        yield
        return
    kept: list[tuple[str, str]] = []
    try:
        for company in document.companies:
            for file in company.files:
                # A file that is there has content already, and may belong to another company.
                if not await services.database.fetch(_FIND_FILE(id=file.id)):
                    kept.append((company.id, file.id))
                    await services.storage.keep(*kept[-1], io.BytesIO(file.content_bytes()))
        yield
    except BaseException:
        for company_id, file_id in kept:
            await services.storage.discard(company_id, file_id)
        raise


class Added(NamedTuple):
    """The ids of what was missing and is there now."""

    tags: list[str]
    sessions: list[str]
    jobs: list[str]
    files: list[str]


def add_parts(services: Services, company: CompanySeed, *, source: str) -> Transaction[Added]:
    """Add tags, sessions, jobs and files to a company that is there already.

    All else that the company has stays as it is, and so does the seed that its reset goes back to.

    Raises:
        Refusal: something in it belongs to another company already, or names what is not there.
        NotFound: the company has gone.
    """
    if not (yield from lock_company(company.id)):
        raise NotFound("There is no company with this id or credential.")
    tags = []
    for tag in company.tags or []:
        if (yield from add_tag(company.id, tag, source)):
            tags.append(tag.id_in(company.id))  # noqa: PERF401 - a comprehension cannot yield
    sessions = yield from add_sessions(company.id, company.deferred_sessions, source)
    file_counts = Counter(file.job_id for file in company.files)
    jobs = yield from add_jobs(services, company.id, company.jobs, file_counts, source)
    rules = yield from rulebook(company.id)
    files = yield from add_files(services.storage, company.id, company.files, rules, source)
    return Added(tags, sessions, jobs, files)
