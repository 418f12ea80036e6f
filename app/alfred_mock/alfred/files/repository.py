"""Every query about single files. A file is only ever seen by its own company."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select

from alfred_mock.alfred.files.naming import numbered, stem_of, unnumbered
from alfred_mock.alfred.files.schemas import FileDetail
from alfred_mock.alfred.processing import progress
from alfred_mock.alfred.processing.pipeline import CLASSIFIED, FileStatus, status_of_file
from alfred_mock.alfred.tables import File, FileName, Job
from alfred_mock.alfred.wire import blob_url
from alfred_mock.auth.caller import Caller
from alfred_mock.core.clock import Instant, to_wire
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of

_files = columns_of(File)
_jobs = columns_of(Job)
_names = columns_of(FileName)

_FIND = Statement(
    select(
        *progress.COLUMNS,
        _files.creation_date,
        _files.update_date,
        _files.file_name,
        _files.content_type,
        _files.file_size,
        _files.md5_hash,
        _files.channel,
        _files.metadata_json,
        _files.tag_id,
        _files.tag_name,
        _files.classification_score,
        _files.fails,
        _files.fixed_status,
    )
    .outerjoin_from(File, Job, _files.job_id == _jobs.id)
    .where(_files.id == bindparam("id"), _files.company_id == bindparam("company_id"))
)
_JOB = len(progress.COLUMNS)
_FIND_STORED = Statement(
    select(_files.file_name, _files.content_type, _files.file_size, _files.md5_hash).where(
        _files.id == bindparam("id"), _files.company_id == bindparam("company_id")
    )
)
_INSERT = Statement(insert(File))
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
_HOLD_NAME = Statement(
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


class NewFile(NamedTuple):
    """What is known of a file that is about to be stored; its content is elsewhere."""

    id: str
    uploaded_name: str
    content_type: str
    size: int
    md5_hash: str
    metadata_json: str
    position: int = 0


class StoredFile(NamedTuple):
    """What it takes to hand out a file's content."""

    file_name: str
    content_type: str
    size: int
    md5_hash: str


def hold_names(company_id: str, names: Iterable[str]) -> Transaction[None]:
    """Hold these names until the transaction ends, with all others that they may be numbered to.

    Whoever adds several files holds all of their names first, in this order, or two could wait for
    each other for ever.
    """
    for name in sorted(set(map(unnumbered, names))):
        yield _HOLD_NAME(company_id=company_id, name=name)


def add(
    company_id: str,
    file: NewFile,
    *,
    session_id: str | None,
    job_id: str | None = None,
    now: Instant,
) -> Transaction[None]:
    """Store a file under a name that no other file of the company has.

    The first one keeps its name, the next ones are called `FileName-1`, `FileName-2` and so on
    (docs: the policy "keep both"; captured).
    """
    if unnumbered(file.uploaded_name) != file.uploaded_name:  # else counting it holds it
        yield from hold_names(company_id, [file.uploaded_name])
    while True:
        ((times,),) = yield _COUNT_NAME(company_id=company_id, name=file.uploaded_name)
        name = numbered(file.uploaded_name, times - 1)
        if not (yield _IS_TAKEN(company_id=company_id, name=name)):
            break
    yield _INSERT(
        id=file.id,
        company_id=company_id,
        deferred_session_id=session_id,
        job_id=job_id,
        position=file.position,
        creation_date=now,
        update_date=now,
        uploaded_name=file.uploaded_name,
        file_name=name,
        content_type=file.content_type,
        file_size=file.size,
        md5_hash=file.md5_hash,
        channel="api",
        metadata_json=file.metadata_json,
        tag_id=None,
        tag_name=None,
        classification_score=0.0,
        fails=False,
        fixed_status=None,
    )


async def find_stored(services: Services, caller: Caller, file_id: str) -> StoredFile:
    """What it takes to hand out the content of the caller's file.

    Raises:
        NotFound: the caller's company has no such file.
    """
    call = _FIND_STORED(id=file_id, company_id=caller.company_id)
    rows = await services.database.fetch(call)
    if not rows:
        raise unknown(file_id)
    return StoredFile(*rows[0])


def unknown(file_id: str) -> NotFound:
    """The error for a file that the caller's company does not have (our choice, after sessions)."""
    return NotFound(f"File with ID {file_id} does not exist.")


async def find(services: Services, caller: Caller, file_id: str) -> FileDetail:
    """The caller's file as it is now.

    Raises:
        NotFound: the caller's company has no such file.
    """
    rows = await services.database.fetch(_FIND(id=file_id, company_id=caller.company_id))
    if not rows:
        raise unknown(file_id)
    (
        creation_date,
        update_date,
        file_name,
        content_type,
        file_size,
        md5_hash,
        channel,
        metadata_json,
        tag_id,
        tag_name,
        score,
        fails,
        fixed_status,
    ) = rows[0][_JOB:]
    status, updated = fixed_status or FileStatus.UPLOADED, update_date
    if rows[0][0] is not None:
        where = progress.position_of(rows[0][:_JOB], services.clock.now(caller.company_id))
        status = status_of_file(where, fails=fails, fixed=fixed_status)
        updated = max(update_date, where.since)
    has_tag = tag_id is not None and status in CLASSIFIED
    return FileDetail(
        id=file_id,
        creation_date=to_wire(creation_date),
        update_date=to_wire(updated),
        file_name=file_name,
        file_name_without_extension=stem_of(file_name),
        blob_name=file_id,
        blob_url=blob_url(caller.company_id, file_id),
        user_name=None,
        md5_hash=md5_hash,
        content_type=content_type,
        channel=channel,
        should_be_classified=True,
        classifier=None,
        classification_score=score if has_tag else 0.0,
        status=FileStatus(status),
        input_type="single_unit",
        is_duplicate=False,
        is_duplicate_by_values=False,
        duplicate_origin_id=None,
        tag_id=tag_id if has_tag else None,
        is_parent=False,
        parent_id=None,
        deferred_session_id=None,
        tag_name=tag_name if has_tag else None,
        company_id=caller.company_id,
        file_size=file_size,
        proposed_tag_id=None,
        proposed_tag_variance=0.0,
        classification_score_above_deviation=True,
        confirmed_tag_id=None,
        confirmed_by=None,
        manual_classification=False,
        metadata=metadata_json,
        page_count=1,
        page_number=-1,
    )
