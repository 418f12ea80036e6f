"""Sessions, jobs and files that a tester removes, one at a time.

What is left fits together as if callers had made it (our choice): files that wait in a session go
with it, and those that a job has taken over stay with the job and name the session no more. A
job's files go with it; the session that it has closed stays closed. A job of which a file goes
has one file less. What has very many files loses them in portions first (`control.portions`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, delete, select, update
from sqlmodel import SQLModel

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.tables import DeferredSession, File, Job
from alfred_mock.alfred.wire import unknown
from alfred_mock.control import portions
from alfred_mock.control.portions import (
    FILE_COLUMNS,
    delete_files,
    discard_files,
    fitting,
    in_turn,
)
from alfred_mock.core.services import Services
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_sessions, _jobs, _files = columns_of(DeferredSession), columns_of(Job), columns_of(File)

_of_session = _files.deferred_session_id == bindparam("id")
_WAITING = Statement(
    select(*FILE_COLUMNS).where(_of_session, _files.job_id.is_(None)).limit(bindparam("most"))
)
_TAKEN_OVER = select(_files.id).where(_of_session, _files.job_id.is_not(None))
_ANY_TAKEN_OVER = Statement(_TAKEN_OVER.limit(1))
_LEAVE_FILES = Statement(
    update(File)
    .where(_files.id.in_(_TAKEN_OVER.limit(bindparam("most"))))
    .values(deferred_session_id=None)
)
_LEAVE_JOB = Statement(
    update(Job).where(_jobs.deferred_session_id == bindparam("id")).values(deferred_session_id=None)
)
_OF_JOB = Statement(
    select(*FILE_COLUMNS).where(_files.job_id == bindparam("id")).limit(bindparam("most"))
)
_ITSELF = Statement(select(*FILE_COLUMNS).where(_files.id == bindparam("id")))
_JOB_OF = Statement(select(_files.job_id).where(_files.id == bindparam("id")))
_COUNT_DOWN = Statement(
    update(Job)
    .where(_jobs.id == bindparam("of_job", type_=_jobs.id.type))
    .values(
        file_sources_count=case(
            (
                _jobs.file_sources_count > bindparam("fewer"),
                _jobs.file_sources_count - bindparam("fewer"),
            ),
            else_=0,
        )
    )
)


class Part(NamedTuple):
    """What goes in one transaction."""

    files: Rows
    """The files that go, by `FILE_COLUMNS`."""
    is_last: bool
    """Whether nothing is left that stands in the way of the row itself."""


NextPart = Callable[[str], Transaction[Part]]
"""Takes apart what a row is made of, a portion at a time; the files are not deleted yet."""


class RemovableRows:
    """The rows of a table, each of which can be removed with what is a part of it."""

    def __init__(self, model: type[SQLModel], next_part: NextPart, *, kind: str) -> None:
        """`kind` is what an error calls such a row."""
        columns: Any = columns_of(model)
        has_id = columns.id == bindparam("id")
        self._next_part, self.kind = next_part, kind
        self._find_owner = Statement(select(columns.company_id).where(has_id))
        self._lock = Statement(select(columns.id).where(has_id).with_for_update())
        self._delete = Statement(delete(model).where(has_id))

    async def owner(self, services: Services, id_: str) -> str | None:
        """The id of the company whose row this is; None where there is no such row."""
        rows = await services.database.fetch(self._find_owner(id=id_))
        return str(rows[0][0]) if rows else None

    async def remove(self, services: Services, id_: str) -> None:
        """Remove the row with this id; with very many files, in several transactions.

        Raises:
            NotFound: there is no such row.
        """
        company_id = await self.owner(services, id_)
        if company_id is None:
            raise unknown(self.kind, id_)
        is_last = False
        while not is_last:
            part = await in_turn(services.database, self._removed(company_id, id_))
            await discard_files(services, part.files)
            is_last = part.is_last

    def _removed(self, company_id: str, id_: str) -> Transaction[Part]:
        yield from lock_company(company_id)
        if not (yield self._lock(id=id_)):  # it has gone in the meantime
            raise unknown(self.kind, id_)
        part = yield from self._next_part(id_)
        yield from delete_files(part.files)
        if part.is_last:
            yield self._delete(id=id_)
        return part


def _part_of(files: Rows) -> Part:
    """The portion of these files, of which one more was asked for than fits into a portion."""
    portion = fitting(files)
    return Part(portion, len(portion) == len(files))


def _leave_session(session_id: str) -> Transaction[Part]:
    waiting = _part_of((yield _WAITING(id=session_id, most=portions.PORTION + 1)))
    if not waiting.is_last:
        return waiting
    yield _LEAVE_FILES(id=session_id, most=portions.PORTION)
    if (yield _ANY_TAKEN_OVER(id=session_id)):
        return Part(waiting.files, is_last=False)
    yield _LEAVE_JOB(id=session_id)
    return waiting


def _leave_job(job_id: str) -> Transaction[Part]:
    part = _part_of((yield _OF_JOB(id=job_id, most=portions.PORTION + 1)))
    if not part.is_last:  # until it goes itself, it is a job with fewer files
        yield _COUNT_DOWN(of_job=job_id, fewer=len(part.files))
    return part


def _leave_file(file_id: str) -> Transaction[Part]:
    for (job_id,) in (yield _JOB_OF(id=file_id)):
        if job_id is not None:
            yield _COUNT_DOWN(of_job=job_id, fewer=1)
    return Part((yield _ITSELF(id=file_id)), is_last=True)


SESSIONS = RemovableRows(DeferredSession, _leave_session, kind="Deferred Session")
JOBS = RemovableRows(Job, _leave_job, kind="Job")
FILES = RemovableRows(File, _leave_file, kind="File")
