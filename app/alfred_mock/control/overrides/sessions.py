"""Sessions that a tester makes, opens and closes.

A session, its job and its files always fit together as if callers had made them: the job that has
closed a session and the session name each other, and all files of the session belong to the job.
A job that is separated from its session keeps its files, and these name the session no more (our
choice).
"""

from functools import partial
from types import SimpleNamespace

from sqlalchemy import bindparam, select, update

from alfred_mock.alfred.deferred_sessions import repository
from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.deferred_sessions.schemas import SessionDetail
from alfred_mock.alfred.tables import DeferredSession, File, Job, SessionStatus
from alfred_mock.control.overrides.editing import EditableRows, caller_of
from alfred_mock.control.overrides.schemas import SessionMake, SessionPatch
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest, Conflict, NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_sessions, _jobs, _files = columns_of(DeferredSession), columns_of(Job), columns_of(File)

_ROWS = EditableRows(
    DeferredSession,
    *("status", "job_id", "creation_date", "update_date", "user_name"),
    kind="Deferred Session",
)
_ADD = Statement(
    lambda insert: insert(DeferredSession).on_conflict_do_nothing().returning(_sessions.id)
)
_JOB = Statement(
    select(_jobs.company_id, _jobs.deferred_session_id)
    .where(_jobs.id == bindparam("id"))
    .with_for_update()
)
_PART_JOB = Statement(
    update(Job)
    .where(_jobs.id == bindparam("old_job"), _jobs.deferred_session_id == bindparam("session"))
    .values(deferred_session_id=None)
)
_PART_FILES = Statement(
    update(File)
    .where(
        _files.job_id == bindparam("old_job"), _files.deferred_session_id == bindparam("session")
    )
    .values(deferred_session_id=None)
)
_JOIN_FILES = Statement(
    update(File)
    .where(_files.deferred_session_id == bindparam("session"), _files.job_id.is_(None))
    .values(job_id=bindparam("new_job", type_=_files.job_id.type))
    .returning(_files.id)
)
_JOIN_JOB = Statement(
    update(Job)
    .where(_jobs.id == bindparam("new_job"))
    .values(
        deferred_session_id=bindparam("session", type_=_jobs.deferred_session_id.type),
        file_sources_count=_jobs.file_sources_count + bindparam("more"),
    )
)


async def make(services: Services, company_id: str, asked: SessionMake) -> SessionDetail:
    """A new session of the company.

    Raises:
        Conflict: there is a session with this id, in this or another company.
        BadRequest, NotFound: as for `change`.
    """
    session_id = asked.id or services.ids.uuid()
    now = services.clock.now(company_id)
    await services.database.transact(_make(company_id, session_id, asked, now))
    return await repository.find(services, caller_of(company_id), session_id)


async def change(services: Services, session_id: str, asked: SessionPatch) -> SessionDetail:
    """The session after the change.

    Raises:
        NotFound: there is no such session.
        BadRequest: it would be closed without a job, or by a job that cannot have closed it.
    """
    caller = await _ROWS.edit(services, session_id, partial(_change, asked))
    return await repository.find(services, caller, session_id)


def _make(company_id: str, session_id: str, asked: SessionMake, now: Instant) -> Transaction[None]:
    if not (yield from lock_company(company_id)):
        raise NotFound("There is no company with this id or credential.")
    created = now if asked.creation_date is None else asked.creation_date
    added = yield _ADD(
        id=session_id,
        company_id=company_id,
        user_name=asked.user_name,
        status=SessionStatus.OPEN.value,
        creation_date=created,
        update_date=created,
        job_id=None,
    )
    if not added:
        raise Conflict(f"Deferred Session with ID {session_id} exists already.")
    updated = created if asked.update_date is None else asked.update_date
    change = partial(_change, asked.model_copy(update={"update_date": updated}))
    yield from _ROWS.edited(company_id, session_id, change, now)


def _change(asked: SessionPatch, session: SimpleNamespace, now: Instant) -> Transaction[None]:
    job_before = session.job_id
    given = asked.model_dump(include=set(_ROWS.names), exclude_none=True)
    vars(session).update(given)
    if asked.status is SessionStatus.OPEN or (asked.sets("job_id") and asked.job_id is None):
        session.status, session.job_id = SessionStatus.OPEN, None
    elif asked.job_id is not None:
        session.status = SessionStatus.CLOSED
    if session.status == SessionStatus.CLOSED and session.job_id is None:
        raise BadRequest("Field 'job_id' is required: a closed session has one.")
    if session.job_id != job_before:
        if asked.update_date is None:
            session.update_date = now
        yield from _part(session.id, job_before)
        yield from _join(session.company_id, session.id, session.job_id)
    session.status = str(session.status)


def _part(session_id: str, job_id: str | None) -> Transaction[None]:
    if job_id is not None:
        yield _PART_JOB(old_job=job_id, session=session_id)
        yield _PART_FILES(old_job=job_id, session=session_id)


def _join(company_id: str, session_id: str, job_id: str | None) -> Transaction[None]:
    if job_id is None:
        return
    rows: Rows = yield _JOB(id=job_id)
    if not rows:
        return
    ((owner, other_session),) = rows
    if owner != company_id:
        raise BadRequest(f"Job with ID {job_id} belongs to another company.")
    if other_session is not None:
        raise BadRequest(f"Job with ID {job_id} has closed another session.")
    files: Rows = yield _JOIN_FILES(session=session_id, new_job=job_id)
    yield _JOIN_JOB(new_job=job_id, session=session_id, more=len(files))
