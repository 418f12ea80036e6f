"""Jobs moved on, held where they are, or sent to another end."""

from types import SimpleNamespace

from sqlalchemy import bindparam, select, update

from alfred_mock.alfred.companies.repository import policies_of
from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.jobs import repository
from alfred_mock.alfred.jobs.schemas import JobDetail
from alfred_mock.alfred.jobs.service import policy_for
from alfred_mock.alfred.processing.progress import PROGRESS, last_step, pipeline_of, position_of
from alfred_mock.alfred.tables import File, Job
from alfred_mock.alfred.wire import unknown
from alfred_mock.control.overrides.holding import Owners, on_behalf_of
from alfred_mock.control.overrides.schemas import JobPatch
from alfred_mock.core.clock import Instant
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Progression
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Update

_jobs, _files = columns_of(Job), columns_of(File)

_OWNERS = Owners(Job)
_FIND = Statement(select(*PROGRESS.columns).where(_jobs.id == bindparam("id")).with_for_update())
_SET = Update(Job, *PROGRESS.names)
_FAIL = Statement(
    update(File).where(_files.job_id == bindparam("of_job")).values(fails=bindparam("new_fails"))
)


async def change(services: Services, job_id: str, asked: JobPatch) -> JobDetail:
    """The job as it has become; showing it here does not move it.

    Raises:
        NotFound: there is no such job.
    """
    company_id = await _OWNERS.of(services, job_id, unknown("Job", job_id))
    now = services.clock.now(company_id)
    await services.database.transact(_change(company_id, job_id, asked, now))
    return await repository.look_at(services, on_behalf_of(company_id), job_id)


def _change(company_id: str, job_id: str, asked: JobPatch, now: Instant) -> Transaction[None]:
    yield from lock_company(company_id)
    rows: Rows = yield _FIND(id=job_id)
    if not rows:  # it has gone in the meantime
        raise unknown("Job", job_id)
    job = PROGRESS.read(rows[0])
    if asked.outcome is not None:
        policies = yield from policies_of(company_id)
        job.outcome, job.policy = asked.outcome.value, policy_for(policies, asked.outcome).value
        yield _FAIL(of_job=job_id, new_fails=asked.outcome.fails_file)
    if asked.creation_date is not None:
        if job.stepped_at == job.creation_date:
            job.stepped_at = asked.creation_date
        job.creation_date = asked.creation_date
    progression = Progression.MANUAL if asked.advance is not None else asked.progression
    if progression is not None and progression != job.progression:
        _change_progression(job, progression, now)
    if asked.advance is not None:
        step = max(job.step, 0) + asked.advance
        job.step, job.stepped_at, job.fixed_stage = min(step, last_step(job)), now, None
    if asked.sets("stage"):
        job.fixed_stage = None if asked.stage is None else asked.stage.value
        if asked.stage is not None:
            job.stepped_at = now
    yield _SET(id=job_id, **vars(job))


def _change_progression(job: SimpleNamespace, progression: Progression, now: Instant) -> None:
    was_timed = job.progression == Progression.TIMED
    step, since = -1, job.creation_date
    if progression is Progression.MANUAL and was_timed:
        moving = SimpleNamespace(**{**vars(job), "fixed_stage": None})
        where = position_of(moving, now)
        step, since = pipeline_of(job).index(where.step), where.since
    job.progression, job.step = progression.value, step
    if job.fixed_stage is None:
        job.stepped_at = since
