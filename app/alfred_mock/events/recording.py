"""Recording: how far the events of a job have come, and writing those that are due.

A job is told step by step. `Job.told_steps` counts them, and an UPDATE that counts on from the
number that was read claims the steps: of several processes that find them due, one writes them.
"""

from collections.abc import Iterable
from itertools import groupby
from types import SimpleNamespace
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.processing.pipeline import Pipeline
from alfred_mock.alfred.processing.progress import (
    Position,
    begins_of,
    index_of,
    pipeline_of,
    position_of,
)
from alfred_mock.alfred.tables import EventStream, File, Job
from alfred_mock.auth.tables import Company
from alfred_mock.core.clock import Instant
from alfred_mock.core.settings import Progression
from alfred_mock.database import Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection
from alfred_mock.events.fields import Happening
from alfred_mock.events.telling import Course
from alfred_mock.events.writing import KEPT, NOTICE, write

BATCH = 100
"""So many jobs are told in one transaction."""

_jobs = columns_of(Job)
_files = columns_of(File)
_streams = columns_of(EventStream)
_companies = columns_of(Company)

_JOB = Selection(Job)
_FILE = Selection(File)
_STREAM = Statement(
    select(_companies.name, _streams.job_finished_first)
    .join_from(EventStream, Company, _companies.id == _streams.company_id)
    .where(_streams.company_id == bindparam("company_id"), _streams.is_listened_to)
)
_with_files = (
    select(*_JOB.columns, *_FILE.columns)
    .outerjoin_from(Job, File, _files.job_id == _jobs.id)
    .order_by(_jobs.id, _files.creation_date, _files.position, _files.id)
)
_ONE = Statement(_with_files.where(_jobs.id == bindparam("job_id")))


def _some(jobs: Statement | object) -> Statement:
    return Statement(_with_files.where(_jobs.id.in_(jobs)))


_DUE = _some(
    select(_jobs.id)
    .where(_jobs.company_id == bindparam("company_id"), _jobs.tells_at <= bindparam("now"))
    .order_by(_jobs.tells_at, _jobs.id)
    .limit(BATCH)
)
_NEWEST = _some(
    select(_jobs.id)
    .where(_jobs.company_id == bindparam("company_id"))
    .order_by(_jobs.creation_date.desc(), _jobs.id.desc())
    .limit(KEPT)
)
_NEVER_TOLD = _some(
    select(_jobs.id).where(_jobs.company_id == bindparam("company_id"), _jobs.told_steps.is_(None))
)
_NEXT = Statement(
    select(func.min(_jobs.tells_at))
    .join_from(Job, EventStream, _streams.company_id == _jobs.company_id)
    .where(
        _jobs.company_id == bindparam("company_id"),
        _jobs.tells_at.is_not(None),
        _streams.is_listened_to,
    )
)
_CLAIM = Statement(
    update(Job)
    .where(
        _jobs.id == bindparam("of_job"),
        func.coalesce(_jobs.told_steps, -1) == bindparam("had_told"),
    )
    .values(told_steps=bindparam("has_told"), tells_at=bindparam("next_at"))
    .returning(_jobs.id)
)


class _Telling(NamedTuple):
    """How a company is told of its jobs."""

    company_name: str
    finished_first: bool


def tell_job(
    company_id: str, job_id: str, now: Instant, *, was: Position | None = None
) -> Transaction[None]:
    """Tell the steps that a job has come to by now.

    `was` is where it was before a tester has put it somewhere. If its steps do not lead there, the
    move itself is told.
    """
    telling = yield from _telling(company_id)
    if telling is None:
        return
    rows: Rows = yield _ONE(job_id=job_id)
    yield from _tell(company_id, _read(rows, telling), now, was=was)


def tell_due(company_id: str, now: Instant) -> Transaction[Instant | None]:
    """Tell what is due of a company's timed jobs.

    At most `BATCH` of them; returns when the next is due, None if none is.
    """
    yield from lock_company(company_id)
    telling = yield from _telling(company_id)
    if telling is None:
        return None
    rows: Rows = yield _DUE(company_id=company_id, now=now)
    yield from _tell(company_id, _read(rows, telling), now)
    ((next_at,),) = yield _NEXT(company_id=company_id)
    return None if next_at is None else int(next_at)


async def next_due(database: Database, company_id: str) -> Instant | None:
    """When the next event of a company's timed jobs is due, by its clock; None if none is."""
    ((next_at,),) = await database.fetch(_NEXT(company_id=company_id))
    return None if next_at is None else int(next_at)


def catch_up(company_id: str, now: Instant) -> Transaction[None]:
    """Tell what the jobs of a company have come to while nobody listened.

    Of the newest jobs only: older events would not be kept.
    """
    telling = yield from _telling(company_id)
    if telling is not None:
        rows: Rows = yield _NEWEST(company_id=company_id)
        yield from _tell(company_id, _read(rows, telling), now)


def count_as_told(company_id: str, now: Instant) -> Transaction[None]:
    """Count as told what jobs have come to of which nothing was told so far."""
    telling = yield from _telling(company_id)
    if telling is not None:
        rows: Rows = yield _NEVER_TOLD(company_id=company_id)
        yield from _tell(company_id, _read(rows, telling), now, silently=True)
        yield NOTICE(payload=company_id)


def _telling(company_id: str) -> Transaction[_Telling | None]:
    rows: Rows = yield _STREAM(company_id=company_id)
    return _Telling(rows[0][0], bool(rows[0][1])) if rows else None


def _read(rows: Rows, telling: _Telling) -> list[Course]:
    """Jobs with their files, in the order of their ids, in which their rows are locked."""
    width = len(_JOB.names)
    id_ = _JOB.names.index("id")
    courses = []
    for _, group in groupby(rows, key=lambda row: row[id_]):
        of_job = list(group)
        job = _JOB.read(of_job[0])
        job.company_name = telling.company_name
        files = [_FILE.read(row[width:]) for row in of_job if row[width] is not None]
        courses.append(Course(job, files, telling.finished_first))
    return courses


def _tell(
    company_id: str,
    courses: Iterable[Course],
    now: Instant,
    *,
    was: Position | None = None,
    silently: bool = False,
) -> Transaction[None]:
    happenings: list[Happening] = []
    for course in courses:
        job = course.job
        had_told = job.told_steps
        told = list(due_of(course, now, was))
        has_told, next_at = _progress(job, now)
        if (had_told, job.tells_at) != (has_told, next_at):
            claimed: Rows = yield _CLAIM(
                of_job=job.id,
                had_told=-1 if had_told is None else had_told,
                has_told=has_told,
                next_at=next_at,
            )
            if not claimed:  # another process tells them
                continue
        happenings += told
    if not silently:
        # Of each job they are in order already.
        happenings.sort(key=lambda told: told.occurred_at)
        yield from write(company_id, happenings)


def _target(job: SimpleNamespace, now: Instant) -> int:
    """The number of the last step that a job has come to."""
    if job.fixed_stage is None:
        return index_of(job, now)
    stages = [step.stage for step in pipeline_of(job)]
    return len(stages) - 1 - stages[::-1].index(job.fixed_stage) if job.fixed_stage in stages else 0


def _progress(job: SimpleNamespace, now: Instant) -> tuple[int, Instant | None]:
    """How many steps have been told once those that are due are, and when the next is due."""
    steps = pipeline_of(job)
    told = min(max(job.told_steps or 0, _target(job, now) + 1), len(steps))
    is_timed = job.progression == Progression.TIMED and job.fixed_stage is None
    if not is_timed or told == len(steps):
        return told, None
    return told, job.creation_date + begins_of(job)[told]


def due_of(course: Course, now: Instant, was: Position | None) -> Iterable[Happening]:
    """What has happened to a job since it was told last."""
    job, told = course.job, course.job.told_steps or 0
    steps, target = pipeline_of(job), _target(job, now)
    if not told:
        yield from course.created(job.creation_date)
    for number in range(max(told, 1), target + 1):
        yield from course.moved(*_pair(job, steps, number, now))
    if was is None or job.fixed_stage is None:
        return
    after = position_of(job, now)
    is_led_to = steps[target].stage is after.step.stage and target >= told
    if not is_led_to and was.step.stage is not after.step.stage:
        yield from course.moved(was, after)


def _pair(
    job: SimpleNamespace, steps: Pipeline, number: int, now: Instant
) -> tuple[Position, Position]:
    """Where a job is before a step and at it."""
    if job.progression == Progression.MANUAL or job.fixed_stage is not None:
        at = job.stepped_at
    else:
        at = job.creation_date + begins_of(job)[number]
    last = len(steps) - 1
    before, step = steps[number - 1], steps[number]
    return Position(before, at, None, False), Position(step, at, None, number == last)
