"""Queries for the lists of jobs, sessions and files, and for what their pages add to them."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import SQLModel

from alfred_mock.alfred.processing.progress import PROGRESS, position_of, status_of_file
from alfred_mock.alfred.tables import DeferredSession, File, FileValue, Job, Tag
from alfred_mock.control.company_filter import of_company
from alfred_mock.control.company_tokens import only_own
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection

PAGE_ROWS = 100

_jobs, _files, _sessions = columns_of(Job), columns_of(File), columns_of(DeferredSession)
_values, _tags = columns_of(FileValue), columns_of(Tag)

_JOB = Selection(Job, "id", "company_id", "user_name", *PROGRESS.names)
_FILE = Selection(
    File,
    *("id", "company_id", "creation_date", "file_name", "file_size", "job_id"),
    *("deferred_session_id", "tag_name", "fails", "fixed_status"),
)
_STORED_FILE = Selection(File)
_SESSION = Selection(DeferredSession)
_VALUE = Selection(FileValue, "name", "value", "classification_score", "confirmed")


def _newest(statement: Any, model: type[SQLModel]) -> Statement:
    """So many rows of a company, or of all, the newest first."""
    columns = columns_of(model)
    return Statement(
        statement.where(of_company(columns.company_id))
        .order_by(columns.creation_date.desc(), columns.id.desc())
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
    )


def _count_of(column: Any, id_: Any) -> Any:
    return select(func.count()).select_from(File).where(column == id_).scalar_subquery()


_with_job = select(*PROGRESS.columns, *_FILE.columns).outerjoin_from(
    File, Job, _files.job_id == _jobs.id
)
_JOBS = _newest(select(*_JOB.columns, _count_of(_files.job_id, _jobs.id)), Job)
_SESSIONS = _newest(
    select(*_SESSION.columns, _count_of(_files.deferred_session_id, _sessions.id)), DeferredSession
)
_FILES = _newest(_with_job, File)
_ONE_JOB = Statement(select(*_JOB.columns).where(_jobs.id == bindparam("id")))
_ONE_SESSION = Statement(select(*_SESSION.columns).where(_sessions.id == bindparam("id")))
_ONE_FILE = Statement(select(*_STORED_FILE.columns).where(_files.id == bindparam("id")))
_OF_SESSION = Statement(
    _with_job.where(_files.deferred_session_id == bindparam("id")).order_by(
        _files.creation_date, _files.position, _files.id
    )
)
_VALUES = Statement(
    select(*_VALUE.columns).where(_values.file_id == bindparam("id")).order_by(_values.position)
)
_TAGS = Statement(
    select(_tags.name).where(_tags.company_id == bindparam("company")).order_by(_tags.position)
)


async def jobs(services: Services, company_id: str | None, skip: int) -> list[SimpleNamespace]:
    """Jobs with their `stage`, whether that `is_last`, and how many `files` they have."""
    found = []
    for row in await _page(services, _JOBS, company_id, skip):
        job = _JOB.read(row)
        position = position_of(job, services.clock.now(job.company_id))
        job.stage, job.is_last, job.files = position.step.stage.value, position.is_last, row[-1]
        found.append(job)
    return found


async def sessions(services: Services, company_id: str | None, skip: int) -> list[SimpleNamespace]:
    """Sessions with how many `files` they have."""
    found = []
    for row in await _page(services, _SESSIONS, company_id, skip):
        session = _SESSION.read(row)
        session.files = row[-1]
        found.append(session)
    return found


async def files(services: Services, company_id: str | None, skip: int) -> list[SimpleNamespace]:
    """Files with their `status`."""
    return [_file(services, row) for row in await _page(services, _FILES, company_id, skip)]


async def files_of_session(services: Services, session_id: str) -> list[SimpleNamespace]:
    """The files that wait in a session, or that its job has taken over; with their `status`."""
    rows = await services.database.fetch(_OF_SESSION(id=session_id))
    return [_file(services, row) for row in rows]


async def values_of(services: Services, file_id: str) -> list[SimpleNamespace]:
    """What was extracted from a file, also while callers are not shown it yet."""
    rows = await services.database.fetch(_VALUES(id=file_id))
    return [_VALUE.read(row) for row in rows]


async def tags_of(services: Services, company_id: str) -> list[str]:
    """The names of a company's tags."""
    return [str(name) for (name,) in await services.database.fetch(_TAGS(company=company_id))]


async def job(services: Services, id_: str) -> SimpleNamespace:
    """One job's own row.

    Raises:
        NotFound: there is no such job, or none that the caller may see.
    """
    return await _one(services, _ONE_JOB, _JOB, id_, "job")


async def session(services: Services, id_: str) -> SimpleNamespace:
    """One session; raises as `job` does."""
    return await _one(services, _ONE_SESSION, _SESSION, id_, "session")


async def file(services: Services, id_: str) -> SimpleNamespace:
    """One file's own row; raises as `job` does."""
    return await _one(services, _ONE_FILE, _STORED_FILE, id_, "file")


async def _page(services: Services, statement: Statement, company_id: str | None, skip: int) -> Any:
    return await services.database.fetch(
        statement(company_id=company_id, most=PAGE_ROWS, skip=skip)
    )


async def _one(
    services: Services, statement: Statement, shown: Selection, id_: str, kind: str
) -> SimpleNamespace:
    rows = await services.database.fetch(statement(id=id_))
    if not rows:
        only_own(None)
        raise NotFound(f"There is no such {kind}; it may have been removed.")
    found = shown.read(rows[0])
    only_own(found.company_id)
    return found


def _file(services: Services, row: Any) -> SimpleNamespace:
    values = iter(row)
    job, file = PROGRESS.read(values), _FILE.read(values)
    position = None
    if job.outcome is not None:
        position = position_of(job, services.clock.now(file.company_id))
    file.status = status_of_file(file, position).value
    return file
