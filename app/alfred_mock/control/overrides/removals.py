"""Sessions, jobs and files that a tester removes, one at a time.

What is left fits together as if callers had made it (our choice): files that wait in a session go
with it, and those that a job has taken over stay with the job and name the session no more. A
job's files go with it; the session that it has closed stays closed. A job of which a file goes
has one file less.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, case, delete, select, update
from sqlmodel import SQLModel

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.tables import DeferredSession, File, FileContent, Job
from alfred_mock.alfred.wire import unknown
from alfred_mock.core.services import Services
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_sessions, _jobs, _files = columns_of(DeferredSession), columns_of(Job), columns_of(File)

_of_session = _files.deferred_session_id == bindparam("id")
_WAITING = Statement(delete(File).where(_of_session, _files.job_id.is_(None)).returning(_files.id))
_LEAVE_FILES = Statement(update(File).where(_of_session).values(deferred_session_id=None))
_LEAVE_JOB = Statement(
    update(Job).where(_jobs.deferred_session_id == bindparam("id")).values(deferred_session_id=None)
)
_OF_JOB = Statement(delete(File).where(_files.job_id == bindparam("id")).returning(_files.id))
_COUNT_DOWN = Statement(
    update(Job)
    .where(_jobs.id == select(_files.job_id).where(_files.id == bindparam("id")).scalar_subquery())
    .values(
        file_sources_count=case(
            (_jobs.file_sources_count > 0, _jobs.file_sources_count - 1), else_=0
        )
    )
)
_FORGET_CONTENT = Statement(
    delete(FileContent).where(columns_of(FileContent).file_id == bindparam("id"))
)

FilesBefore = Callable[[str], Transaction[list[str]]]
"""Prepares a removal; returns the ids of the files that go with what is removed."""


class RemovableRows:
    """The rows of a table, each of which can be removed with what is a part of it."""

    def __init__(self, model: type[SQLModel], prepare: FilesBefore, *, kind: str) -> None:
        """`kind` is what an error calls such a row."""
        columns: Any = columns_of(model)
        has_id = columns.id == bindparam("id")
        self._prepare, self.kind = prepare, kind
        self._find_owner = Statement(select(columns.company_id).where(has_id))
        self._lock = Statement(select(columns.id).where(has_id).with_for_update())
        self._delete = Statement(delete(model).where(has_id))

    async def owner(self, services: Services, id_: str) -> str | None:
        """The id of the company whose row this is; None where there is no such row."""
        rows = await services.database.fetch(self._find_owner(id=id_))
        return str(rows[0][0]) if rows else None

    async def remove(self, services: Services, id_: str) -> None:
        """Remove the row with this id.

        Raises:
            NotFound: there is no such row.
        """
        company_id = await self.owner(services, id_)
        if company_id is None:
            raise unknown(self.kind, id_)
        for file_id in await services.database.transact(self._removed(company_id, id_)):
            await services.storage.discard(company_id, file_id)

    def _removed(self, company_id: str, id_: str) -> Transaction[list[str]]:
        yield from lock_company(company_id)
        if not (yield self._lock(id=id_)):  # it has gone in the meantime
            raise unknown(self.kind, id_)
        file_ids = yield from self._prepare(id_)
        for file_id in file_ids:
            yield _FORGET_CONTENT(id=file_id)
        yield self._delete(id=id_)
        return file_ids


def _leave_session(session_id: str) -> Transaction[list[str]]:
    waiting: Rows = yield _WAITING(id=session_id)
    yield _LEAVE_FILES(id=session_id)
    yield _LEAVE_JOB(id=session_id)
    return [str(file_id) for (file_id,) in waiting]


def _leave_job(job_id: str) -> Transaction[list[str]]:
    files: Rows = yield _OF_JOB(id=job_id)
    return [str(file_id) for (file_id,) in files]


def _leave_file(file_id: str) -> Transaction[list[str]]:
    yield _COUNT_DOWN(id=file_id)
    return [file_id]


SESSIONS = RemovableRows(DeferredSession, _leave_session, kind="Deferred Session")
JOBS = RemovableRows(Job, _leave_job, kind="Job")
FILES = RemovableRows(File, _leave_file, kind="File")
