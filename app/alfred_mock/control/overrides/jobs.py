"""Jobs that a tester moves on, holds where they are, or gives another outcome."""

from functools import partial
from types import SimpleNamespace

from sqlalchemy import bindparam, update

from alfred_mock.alfred.companies.repository import policies_of
from alfred_mock.alfred.jobs import repository
from alfred_mock.alfred.jobs.schemas import JobDetail
from alfred_mock.alfred.jobs.service import policy_for
from alfred_mock.alfred.processing.progress import (
    PROGRESS,
    last_step,
    pipeline_of,
    position_of,
)
from alfred_mock.alfred.tables import File, Job
from alfred_mock.control.overrides.editing import EditableRows
from alfred_mock.control.overrides.schemas import JobPatch
from alfred_mock.core.clock import Instant
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Progression
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.events.recording import tell_job

_files = columns_of(File)

_ROWS = EditableRows(Job, *PROGRESS.names, kind="Job")
_FAIL = Statement(
    update(File).where(_files.job_id == bindparam("of_job")).values(fails=bindparam("new_fails"))
)


async def change(services: Services, job_id: str, asked: JobPatch) -> JobDetail:
    """The job after the change; this answer does not move a manual job on.

    Raises:
        NotFound: there is no such job.
    """
    caller = await _ROWS.edit(services, job_id, partial(_change, asked), _tell)
    return await repository.look_at(services, caller, job_id)


def _change(asked: JobPatch, job: SimpleNamespace, now: Instant) -> Transaction[None]:
    if asked.outcome is not None:
        policies = yield from policies_of(job.company_id)
        job.outcome = asked.outcome.value
        job.policy = policy_for(policies, asked.outcome).value
        yield _FAIL(of_job=job.id, new_fails=asked.outcome.fails_file)
    if asked.creation_date is not None:
        if job.stepped_at == job.creation_date:
            job.stepped_at = asked.creation_date
        job.creation_date = asked.creation_date
    progression = Progression.MANUAL if asked.advance is not None else asked.progression
    if progression is not None and progression != job.progression:
        _change_progression(job, progression, now)
    if asked.advance is not None:
        step = max(job.step, 0) + asked.advance
        job.step = min(step, last_step(job))
        job.stepped_at, job.fixed_stage = now, None
    if asked.sets("stage"):
        job.fixed_stage = None if asked.stage is None else asked.stage.value
        if asked.stage is not None:
            job.stepped_at = now


def _tell(before: SimpleNamespace, now: Instant) -> Transaction[None]:
    was = position_of(before, now)
    yield from tell_job(before.company_id, before.id, now, was=was)


def _change_progression(job: SimpleNamespace, progression: Progression, now: Instant) -> None:
    step, since = -1, job.creation_date
    if progression is Progression.MANUAL and job.progression == Progression.TIMED:
        where = position_of(SimpleNamespace(**{**vars(job), "fixed_stage": None}), now)
        step, since = pipeline_of(job).index(where.step), where.since
    job.progression, job.step = progression.value, step
    if job.fixed_stage is None:
        job.stepped_at = since
