"""Sessions made, opened and closed at will.

Whatever is set, a session and the jobs and files around it fit together as if callers had made
them: a job that has closed a session and that session name each other, and all of its files went
to the job. A job that is parted from its session keeps its files, and none of them names the
session any more (our choice).
"""

from typing import Any

from sqlalchemy import bindparam, select, update

from alfred_mock.alfred.deferred_sessions import repository
from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.deferred_sessions.schemas import SessionDetail
from alfred_mock.alfred.tables import DeferredSession, File, Job, SessionStatus
from alfred_mock.alfred.wire import unknown
from alfred_mock.control.overrides.holding import Owners, on_behalf_of
from alfred_mock.control.overrides.schemas import SessionMake, SessionPatch
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest, Conflict, NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_sessions, _jobs, _files = columns_of(DeferredSession), columns_of(Job), columns_of(File)

_OWNERS = Owners(DeferredSession)
_COLUMNS = ("status", "job_id", "creation_date", "update_date", "user_name")
_FIND = Statement(
    select(*[_sessions[name] for name in _COLUMNS])
    .where(_sessions.id == bindparam("id"))
    .with_for_update()
)
_ADD = Statement(
    lambda insert: insert(DeferredSession).on_conflict_do_nothing().returning(_sessions.id)
)
_SET = Statement(
    update(DeferredSession)
    .where(_sessions.id == bindparam("session_id"))
    .values({name: bindparam(f"new_{name}", type_=_sessions[name].type) for name in _COLUMNS})
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
    """A session of the company that is from its beginning as it is asked for.

    Raises:
        Conflict: there is one with this id, in whichever company.
        BadRequest, NotFound: as for `change`.
    """
    session_id = asked.id or services.ids.uuid()
    now = services.clock.now(company_id)
    await services.database.transact(_make(company_id, session_id, asked, now))
    return await repository.find(services, on_behalf_of(company_id), session_id)


async def change(services: Services, session_id: str, asked: SessionPatch) -> SessionDetail:
    """The session as it has become.

    Raises:
        NotFound: there is no such session.
        BadRequest: it is to be closed without a job, or by one that cannot have done it.
    """
    company_id = await _OWNERS.of(services, session_id, unknown("Deferred Session", session_id))
    now = services.clock.now(company_id)
    await services.database.transact(_change(company_id, session_id, asked, now))
    return await repository.find(services, on_behalf_of(company_id), session_id)


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
    yield from _change(
        company_id, session_id, asked.model_copy(update={"update_date": updated}), now
    )


def _change(
    company_id: str, session_id: str, asked: SessionPatch, now: Instant
) -> Transaction[None]:
    yield from lock_company(company_id)
    rows: Rows = yield _FIND(id=session_id)
    if not rows:  # it has gone in the meantime
        raise unknown("Deferred Session", session_id)
    before: dict[str, Any] = dict(zip(_COLUMNS, tuple(rows[0]), strict=True))
    after = {**before, **asked.model_dump(include=set(_COLUMNS), exclude_none=True)}
    if asked.status is SessionStatus.OPEN or (asked.sets("job_id") and asked.job_id is None):
        after.update(status=SessionStatus.OPEN, job_id=None)
    elif asked.job_id is not None:
        after.update(status=SessionStatus.CLOSED)
    if after["status"] == SessionStatus.CLOSED and after["job_id"] is None:
        raise BadRequest("Field 'job_id' is required: a closed session has one.")
    if after["job_id"] != before["job_id"]:
        if asked.update_date is None:
            after["update_date"] = now
        yield from _part(session_id, before["job_id"])
        yield from _join(company_id, session_id, after["job_id"])
    new = {f"new_{name}": value for name, value in after.items()}
    yield _SET(session_id=session_id, **{**new, "new_status": str(after["status"])})


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
