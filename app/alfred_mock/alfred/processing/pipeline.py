"""What a job goes through, and where it is at a given moment.

Nothing runs in the background: how a job was created and the time say all there is to say, so any
replica says the same, also after a restart. The stages and statuses are documented; in which order
they come and how long they take is our choice.
"""

from bisect import bisect_right
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.core.clock import Instant
from alfred_mock.core.settings import Progression


class Stage(StrEnum):
    """Where a job is (docs: Job Stages, the complete list)."""

    QUEUED = "queued"
    STARTED = "started"
    DOWNLOADING = "downloading"
    DOWNLOADED = "downloaded"
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    INVALID = "invalid"
    CANCELLED = "cancelled"
    SYNCING = "syncing"
    SYNCED = "synced"
    IN_REVISION = "in_revision"
    WAITING_TO_BE_SENT_TO_THIRD_PARTY = "waiting_to_be_sent_to_third_party"
    SENT_TO_THIRD_PARTY = "sent_to_third_party"


class FileStatus(StrEnum):
    """Where a file is (docs: File Status; `finished` was captured, `failed` is in an event)."""

    UPLOADED = "uploaded"
    METADATA = "metadata"
    PRE_PROCESSING = "pre_processing"
    PRE_PROCESSED = "pre_processed"
    DECOMPOSING = "decomposing"
    DECOMPOSED = "decomposed"
    OCR = "ocr"
    TRANSFORMED = "transformed"
    CLASSIFYING = "classifying"
    CLASSIFIED = "classified"
    INDEXING = "indexing"
    INDEXED = "indexed"
    EXTRACTED = "extracted"
    FINISHED = "finished"
    FAILED = "failed"


CLASSIFIED = frozenset(
    {
        FileStatus.CLASSIFIED,
        FileStatus.INDEXING,
        FileStatus.INDEXED,
        FileStatus.EXTRACTED,
        FileStatus.FINISHED,
    }
)
"""Statuses of a file that has its tag."""
EXTRACTED = frozenset({FileStatus.EXTRACTED, FileStatus.FINISHED})
"""Statuses of a file that has its values."""


class Step(NamedTuple):
    """A moment in the life of a job."""

    stage: Stage
    file_status: FileStatus
    retries: int = 0


class Plan(NamedTuple):
    """All that the life of a job depends on."""

    outcome: Outcome
    policy: Stage
    """What a failed file or download makes of the job."""
    retry_limit: int
    is_remote: bool
    decompose: bool


class Course(NamedTuple):
    """How a job moves along its steps."""

    progression: Progression
    creation_date: Instant
    stage_ms: int
    step: int
    stepped_at: Instant
    fixed_stage: Stage | None = None


class Position(NamedTuple):
    """Where a job is now, and since when."""

    step: Step
    since: Instant
    started_at: Instant | None
    is_last: bool


_QUEUE = (Step(Stage.QUEUED, FileStatus.UPLOADED), Step(Stage.STARTED, FileStatus.UPLOADED))
_DOWNLOADING = Step(Stage.DOWNLOADING, FileStatus.UPLOADED)
_DOWNLOADED = Step(Stage.DOWNLOADED, FileStatus.UPLOADED)


@lru_cache(1024)
def steps_of(plan: Plan) -> tuple[Step, ...]:
    """The steps of a job from its creation to its end."""
    download = (_DOWNLOADING, _DOWNLOADED) if plan.is_remote else ()
    breaking = _work(FileStatus.PRE_PROCESSING, FileStatus.OCR)
    decomposing = (FileStatus.DECOMPOSING, FileStatus.DECOMPOSED) if plan.decompose else ()
    working = _work(
        FileStatus.PRE_PROCESSING,
        *decomposing,
        FileStatus.OCR,
        FileStatus.CLASSIFYING,
        FileStatus.INDEXING,
        FileStatus.EXTRACTED,
    )
    finished = (*working, Step(Stage.COMPLETED, FileStatus.FINISHED))
    begun = (*_QUEUE, *download)
    match plan.outcome:
        case Outcome.FAILED:
            return (*begun, *breaking, Step(Stage.FAILED, FileStatus.FAILED))
        case Outcome.INVALID:
            return (*begun, *breaking[:1], Step(Stage.INVALID, FileStatus.FAILED))
        case Outcome.CANCELLED:
            return (*begun, *breaking[:1], Step(Stage.CANCELLED, FileStatus.PRE_PROCESSING))
        case Outcome.RETRIED:
            return (*begun, *breaking, *_again(1, (*_QUEUE, *finished)))
        case Outcome.EXCEEDED_RETRIES:
            attempts = [*begun, *breaking]
            for number in range(1, plan.retry_limit + 1):
                attempts += _again(number, (*_QUEUE, *breaking))
            return (*attempts, Step(Stage.FAILED, FileStatus.FAILED, plan.retry_limit))
        case Outcome.FILE_FAILED if plan.policy is Stage.INVALID:
            return (*begun, *working, Step(Stage.INVALID, FileStatus.FINISHED))
        case Outcome.DOWNLOAD_FAILED if plan.policy is Stage.INVALID:
            return (*_QUEUE, _DOWNLOADING, Step(Stage.INVALID, FileStatus.UPLOADED))
        case _:
            return (*begun, *finished)


def _work(*statuses: FileStatus) -> tuple[Step, ...]:
    return tuple(Step(Stage.IN_PROGRESS, status) for status in statuses)


def _again(number: int, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step._replace(retries=number) for step in steps)


@lru_cache(1024)
def _begins(steps: tuple[Step, ...], stage_ms: int) -> tuple[int, ...]:
    """When each step begins, in milliseconds after the job's creation; a stage's steps share it."""
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


_FINAL = {
    Stage.COMPLETED: FileStatus.FINISHED,
    Stage.FAILED: FileStatus.FAILED,
    Stage.INVALID: FileStatus.FAILED,
    Stage.CANCELLED: FileStatus.PRE_PROCESSING,
    Stage.SYNCED: FileStatus.FINISHED,
    Stage.SENT_TO_THIRD_PARTY: FileStatus.FINISHED,
}


def _fixed(stage: Stage, steps: tuple[Step, ...], since: Instant) -> Position:
    """Where a job is whose stage somebody has set."""
    passed = [step for step in steps if step.stage is stage]
    status = _FINAL.get(stage, FileStatus.EXTRACTED)
    started_at = None if stage is Stage.QUEUED else since
    return Position(
        passed[-1] if passed else Step(stage, status), since, started_at, stage in _FINAL
    )


def position(plan: Plan, course: Course, now: Instant) -> Position:
    """Where a job is at an instant."""
    steps = steps_of(plan)
    last = len(steps) - 1
    created = course.creation_date
    if course.fixed_stage is not None:
        return _fixed(course.fixed_stage, steps, course.stepped_at)
    if course.progression is Progression.MANUAL:
        index = min(max(course.step, 0), last)
        since = course.stepped_at
        # The instants of earlier steps are not kept: the first that is known has to do.
        started_at = created if index >= 1 else None
    else:
        stage_ms = course.stage_ms if course.progression is Progression.TIMED else 0
        begins = _begins(steps, stage_ms)
        index = bisect_right(begins, max(now - created, 0)) - 1
        since = created + begins[index]
        started_at = created + begins[1] if index >= 1 else None
    return Position(steps[index], since, started_at, index == last)


def status_of_file(position: Position, *, fails: bool, fixed: str | None) -> str:
    """Where a file of the job is; one that fails does so when the others finish."""
    if fixed is not None:
        return fixed
    if fails and position.is_last and position.step.stage is not Stage.CANCELLED:
        return FileStatus.FAILED.value
    return position.step.file_status.value
