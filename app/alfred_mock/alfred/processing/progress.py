"""From a row of the table of jobs to where the job is now; for whoever shows a job or its files."""

from typing import Any

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import Course, Plan, Position, Stage, position, steps_of
from alfred_mock.alfred.tables import Job
from alfred_mock.core.clock import Instant
from alfred_mock.core.settings import Progression
from alfred_mock.database.columns import columns_of

_jobs = columns_of(Job)

REMOTE = "remote_upload"
"""`input_source_type` of a job that fetches its files (our choice)."""
DEFERRED = "deferred_upload"
"""`input_source_type` of a job that was created from a session (captured)."""

COLUMNS: tuple[Any, ...] = (
    _jobs.outcome,
    _jobs.policy,
    _jobs.retry_limit,
    _jobs.input_source_type,
    _jobs.decompose,
    _jobs.progression,
    _jobs.creation_date,
    _jobs.stage_ms,
    _jobs.step,
    _jobs.stepped_at,
    _jobs.fixed_stage,
)
"""What has to be selected of a job to tell where it is."""


def plan_of(columns: tuple[Any, ...]) -> Plan:
    """What the life of the job with these columns depends on."""
    outcome, policy, retry_limit, input_source_type, decompose = columns[:5]
    return Plan(
        Outcome(outcome), Stage(policy), retry_limit, input_source_type == REMOTE, bool(decompose)
    )


def position_of(columns: tuple[Any, ...], now: Instant) -> Position:
    """Where the job with these columns is at an instant."""
    progression, creation_date, stage_ms, step, stepped_at, fixed_stage = columns[5:]
    course = Course(
        Progression(progression),
        creation_date,
        stage_ms,
        step,
        stepped_at,
        Stage(fixed_stage) if fixed_stage else None,
    )
    return position(plan_of(columns), course, now)


def last_step(columns: tuple[Any, ...]) -> int:
    """The number of the last step of the job with these columns; the first is 0."""
    return len(steps_of(plan_of(columns))) - 1


def moved_on(columns: tuple[Any, ...], *moved: tuple[int, Instant]) -> tuple[Any, ...]:
    """The columns after the job has made a step, if it has."""
    step, stepped_at = moved[0] if moved else columns[8:10]
    return (*columns[:8], step, stepped_at, *columns[10:])


def can_step(columns: tuple[Any, ...]) -> bool:
    """Whether reading the job's detail moves it on: it is manual and not at its end."""
    progression, step, fixed_stage = columns[5], columns[8], columns[10]
    return progression == Progression.MANUAL and not fixed_stage and step < last_step(columns)
