"""Where a job is at a given moment.

Nothing runs in the background: the position follows from the row of the job and from the time. So
every replica says the same, also after a restart. How long a stage takes is our choice.
"""

from bisect import bisect_right
from functools import lru_cache
from types import SimpleNamespace
from typing import NamedTuple

from alfred_mock.alfred.processing.pipeline import FileStatus, Pipeline, Stage, Step, pipeline
from alfred_mock.alfred.tables import Job
from alfred_mock.core.clock import Instant
from alfred_mock.core.settings import Progression
from alfred_mock.database.rows import Selection

REMOTE = "remote_upload"
"""`input_source_type` of a job that fetches its files (our choice)."""
DEFERRED = "deferred_upload"
"""`input_source_type` of a job that was created from a session (captured)."""

PROGRESS = Selection(
    Job,
    *("outcome", "policy", "retry_limit", "input_source_type", "decompose", "progression"),
    *("creation_date", "stage_ms", "step", "stepped_at", "fixed_stage"),
)
"""The columns of a job that tell where it is; each function here takes a row that has them."""

_FINAL = {
    Stage.COMPLETED: FileStatus.FINISHED,
    Stage.FAILED: FileStatus.FAILED,
    Stage.INVALID: FileStatus.FAILED,
    Stage.CANCELLED: FileStatus.PRE_PROCESSING,
    Stage.SYNCED: FileStatus.FINISHED,
    Stage.SENT_TO_THIRD_PARTY: FileStatus.FINISHED,
}


class Position(NamedTuple):
    """Where a job is now, and since when."""

    step: Step
    since: Instant
    started_at: Instant | None
    is_last: bool


def pipeline_of(job: SimpleNamespace) -> Pipeline:
    """The steps of a job."""
    return pipeline(
        job.outcome,
        job.policy,
        job.retry_limit,
        is_remote=job.input_source_type == REMOTE,
        decompose=bool(job.decompose),
    )


def begins_of(job: SimpleNamespace) -> tuple[int, ...]:
    """When each step of a job begins, in milliseconds after its creation, if it is not manual."""
    return _begins(pipeline_of(job), job.stage_ms if job.progression == Progression.TIMED else 0)


def index_of(job: SimpleNamespace, now: Instant) -> int:
    """The number of the step that a job is at, without regard to a stage that a tester has set."""
    if job.progression == Progression.MANUAL:
        return int(min(max(job.step, 0), last_step(job)))
    return _reached(begins_of(job), job.creation_date, now)


def position_of(job: SimpleNamespace, now: Instant) -> Position:
    """Where a job is at an instant."""
    steps = pipeline_of(job)
    last = len(steps) - 1
    created: Instant = job.creation_date
    if job.fixed_stage is not None:
        return _fixed(Stage(job.fixed_stage), steps, job.stepped_at)
    if job.progression == Progression.MANUAL:
        index = min(max(job.step, 0), last)
        since = job.stepped_at
        # The instants of earlier steps are not stored; the creation is the nearest that is.
        started_at = created if index >= 1 else None
    else:
        begins = _begins(steps, job.stage_ms if job.progression == Progression.TIMED else 0)
        index = _reached(begins, created, now)
        since = created + begins[index]
        started_at = created + begins[1] if index >= 1 else None
    return Position(steps[index], since, started_at, index == last)


def _reached(begins: tuple[int, ...], created: Instant, now: Instant) -> int:
    return bisect_right(begins, max(now - created, 0)) - 1


@lru_cache(1024)
def _begins(steps: Pipeline, stage_ms: int) -> tuple[int, ...]:
    """When each step begins, in milliseconds after the creation; a stage's steps share its time."""
    begins: list[int] = []
    stages = 0
    first = 0
    while first < len(steps):
        after = first
        while after < len(steps) and steps[after][::2] == steps[first][::2]:
            after += 1
        shared = after - first
        begins += [stages * stage_ms + stage_ms * number // shared for number in range(shared)]
        stages += 1
        first = after
    return tuple(begins)


def _fixed(stage: Stage, steps: Pipeline, since: Instant) -> Position:
    """Where a job is whose stage a tester has set."""
    passed = [step for step in steps if step.stage is stage]
    status = _FINAL.get(stage, FileStatus.EXTRACTED)
    started_at = None if stage is Stage.QUEUED else since
    return Position(
        passed[-1] if passed else Step(stage, status), since, started_at, stage in _FINAL
    )


def last_step(job: SimpleNamespace) -> int:
    """The number of a job's last step; the first is 0."""
    return len(pipeline_of(job)) - 1


def moves_when_read(job: SimpleNamespace) -> bool:
    """Whether reading the detail of a job moves it on: it is manual and not at its end."""
    is_manual = job.progression == Progression.MANUAL and not job.fixed_stage
    return is_manual and bool(job.step < last_step(job))


def status_of_file(file: SimpleNamespace, position: Position | None) -> FileStatus:
    """Where a file is, whose job is at this position, or which has no job yet.

    A file that fails does so when the others finish.
    """
    if file.fixed_status is not None:
        return FileStatus(file.fixed_status)
    if position is None:
        return FileStatus.UPLOADED
    if file.fails and position.is_last and position.step.stage is not Stage.CANCELLED:
        return FileStatus.FAILED
    return position.step.file_status
