"""Jobs and files as they are now, for events that do not follow from a job's steps."""

from types import SimpleNamespace
from typing import NamedTuple

from sqlalchemy import bindparam, select

from alfred_mock.alfred.processing.pipeline import FileStatus
from alfred_mock.alfred.processing.progress import Position, position_of, status_of_file
from alfred_mock.alfred.tables import File, Job
from alfred_mock.auth.tables import Company
from alfred_mock.core.clock import Instant
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection, defaults_of
from alfred_mock.events.fields import directory_of

_jobs = columns_of(Job)
_files = columns_of(File)
_companies = columns_of(Company)
_JOB, _FILE = Selection(Job), Selection(File)

_FIND_FILE = Statement(
    select(_companies.name, *_FILE.columns)
    .join_from(File, Company, _companies.id == _files.company_id)
    .where(_files.id == bindparam("id"))
)
_FIND_JOB = Statement(
    select(_companies.name, *_JOB.columns)
    .join_from(Job, Company, _companies.id == _jobs.company_id)
    .where(_jobs.id == bindparam("id"))
)
_FILES_OF_JOB = Statement(
    select(*_FILE.columns)
    .where(_files.job_id == bindparam("id"))
    .order_by(_files.creation_date, _files.position, _files.id)
)
_NO_JOB = {
    **dict.fromkeys(_JOB.names),
    **defaults_of(Job),
    "id": None,
    "outcome": None,
}


class Subject(NamedTuple):
    """A file with its job, or a job with its files."""

    job: SimpleNamespace
    """Its members are None for a file that has no job yet."""
    position: Position | None
    files: list[SimpleNamespace]

    @property
    def status(self) -> FileStatus:
        """The status of the only file."""
        return status_of_file(self.files[0], self.position)

    @property
    def directory(self) -> str:
        """The directory that the only file is in."""
        return directory_of(self.files[0], self.status, self.job.parent_file_prefix)


def find_file(file_id: str, now: Instant) -> Transaction[Subject | None]:
    """A file and its job; None if it is not there any more."""
    rows: Rows = yield _FIND_FILE(id=file_id)
    if not rows:
        return None
    company_name, *columns = rows[0]
    file = _FILE.read(columns)
    if file.job_id is not None:
        of_job = yield from find_job(file.job_id, now)
        if of_job is not None:
            return of_job._replace(files=[file])
    none = SimpleNamespace(**{**_NO_JOB, "company_name": company_name})
    return Subject(none, None, [file])


def find_job(job_id: str, now: Instant) -> Transaction[Subject | None]:
    """A job and its files; None if it is not there any more."""
    rows: Rows = yield _FIND_JOB(id=job_id)
    if not rows:
        return None
    company_name, *columns = rows[0]
    job = _JOB.read(columns)
    job.company_name = company_name
    files = [_FILE.read(row) for row in (yield _FILES_OF_JOB(id=job_id))]
    return Subject(job, position_of(job, now), files)
