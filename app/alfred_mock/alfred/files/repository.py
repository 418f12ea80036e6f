"""Every query about single files. A file is only ever seen by its own company."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, select

from alfred_mock.alfred.files.naming import numbered, stem_of, unnumbered
from alfred_mock.alfred.files.schemas import FileDetail
from alfred_mock.alfred.processing.pipeline import CLASSIFIED
from alfred_mock.alfred.processing.progress import PROGRESS, position_of, status_of_file
from alfred_mock.alfred.tables import File, FileName, Job
from alfred_mock.alfred.wire import blob_url, shown, unknown
from alfred_mock.auth.caller import Caller
from alfred_mock.core.clock import Instant
from alfred_mock.core.services import Services
from alfred_mock.database import Row, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, Selection

_files = columns_of(File)
_jobs = columns_of(Job)
_names = columns_of(FileName)

_FILE = Selection(File)
_OWN = (_files.id == bindparam("id"), _files.company_id == bindparam("company_id"))
_FIND = Statement(
    select(*PROGRESS.columns, *_FILE.columns)
    .outerjoin_from(File, Job, _files.job_id == _jobs.id)
    .where(*_OWN)
)
_FIND_STORED = Statement(select(*_FILE.columns).where(*_OWN))
_INSERT = Insert(File)
_COUNT_NAME = Statement(
    lambda insert: (
        insert(FileName)
        .values(company_id=bindparam("company_id"), name=bindparam("name"), times=1)
        .on_conflict_do_update(
            index_elements=["company_id", "name"], set_={"times": _names.times + 1}
        )
        .returning(_names.times)
    )
)
_LOCK_NAME = Statement(
    lambda insert: (
        insert(FileName)
        .values(company_id=bindparam("company_id"), name=bindparam("name"), times=0)
        .on_conflict_do_update(index_elements=["company_id", "name"], set_={"times": _names.times})
    )
)
_IS_TAKEN = Statement(
    select(_files.id)
    .where(_files.company_id == bindparam("company_id"), _files.file_name == bindparam("name"))
    .limit(1)
)


def lock_names(company_id: str, names: Iterable[str]) -> Transaction[None]:
    """Lock these names until the transaction ends, with all others that they may be numbered to.

    A transaction that adds several files locks all of their names first, in this order. Otherwise
    two of them could wait for each other for ever.
    """
    for name in sorted(set(map(unnumbered, names))):
        yield _LOCK_NAME(company_id=company_id, name=name)


def add(company_id: str, *, now: Instant, uploaded_name: str, **file: Any) -> Transaction[None]:
    """Store a file under a name that no other file of the company has.

    The first one keeps its name, the next ones are called `FileName-1`, `FileName-2` and so on
    (docs: the policy "keep both"; captured).
    """
    if unnumbered(uploaded_name) != uploaded_name:  # else counting it locks it
        yield from lock_names(company_id, [uploaded_name])
    while True:
        ((times,),) = yield _COUNT_NAME(company_id=company_id, name=uploaded_name)
        name = numbered(uploaded_name, times - 1)
        if not (yield _IS_TAKEN(company_id=company_id, name=name)):
            break
    yield _INSERT(
        company_id=company_id,
        creation_date=now,
        update_date=now,
        uploaded_name=uploaded_name,
        file_name=name,
        **file,
    )


async def find_stored(services: Services, caller: Caller, file_id: str) -> SimpleNamespace:
    """The row of the caller's file.

    Raises:
        NotFound: the caller's company has no such file.
    """
    return _FILE.read(await _row(services, caller, file_id, _FIND_STORED))


async def find(services: Services, caller: Caller, file_id: str) -> FileDetail:
    """The caller's file as it is now.

    Raises:
        NotFound: the caller's company has no such file.
    """
    values = iter(await _row(services, caller, file_id, _FIND))
    job, file = PROGRESS.read(values), _FILE.read(values)
    position = None
    if job.outcome is not None:
        position = position_of(job, services.clock.now(caller.company_id))
        file.update_date = max(file.update_date, position.since)
    status = status_of_file(file, position)
    if file.tag_id is None or status not in CLASSIFIED:
        file.tag_id, file.tag_name, file.classification_score = None, None, 0.0
    file.deferred_session_id = None  # null, as captured
    vars(file).update(
        file_name_without_extension=stem_of(file.file_name),
        blob_name=file.id,
        blob_url=blob_url(file.company_id, file.id),
        user_name=None,
        should_be_classified=True,
        classifier=None,
        status=status,
        input_type="single_unit",
        is_duplicate=False,
        is_duplicate_by_values=False,
        duplicate_origin_id=None,
        is_parent=False,
        parent_id=None,
        proposed_tag_id=None,
        proposed_tag_variance=0.0,
        classification_score_above_deviation=True,
        confirmed_tag_id=None,
        confirmed_by=None,
        manual_classification=False,
        metadata=file.metadata_json,
        page_count=1,
        page_number=-1,
    )
    return shown(FileDetail, file)


async def _row(services: Services, caller: Caller, file_id: str, statement: Statement) -> Row:
    rows = await services.database.fetch(statement(id=file_id, company_id=caller.company_id))
    if not rows:
        raise unknown("File", file_id)
    return rows[0]
