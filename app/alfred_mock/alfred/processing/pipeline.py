"""The steps of a job, from its creation to its end.

The stages and statuses are documented; in which order they come is our choice.
"""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from alfred_mock.alfred.processing.outcomes import Outcome


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
    """One moment in the life of a job."""

    stage: Stage
    file_status: FileStatus
    retries: int = 0


Pipeline = tuple[Step, ...]

_QUEUE = (Step(Stage.QUEUED, FileStatus.UPLOADED), Step(Stage.STARTED, FileStatus.UPLOADED))
_DOWNLOADING = Step(Stage.DOWNLOADING, FileStatus.UPLOADED)
_DOWNLOADED = Step(Stage.DOWNLOADED, FileStatus.UPLOADED)


@lru_cache(1024)
def pipeline(
    outcome: str, policy: str, retry_limit: int, *, is_remote: bool, decompose: bool
) -> Pipeline:
    """The steps of such a job.

    `policy` is the stage that a failed file or download leads to: `invalid` or `completed`.
    """
    download = (_DOWNLOADING, _DOWNLOADED) if is_remote else ()
    breaking = _work(FileStatus.PRE_PROCESSING, FileStatus.OCR)
    decomposing = (FileStatus.DECOMPOSING, FileStatus.DECOMPOSED) if decompose else ()
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
    match Outcome(outcome):
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
            for number in range(1, retry_limit + 1):
                attempts += _again(number, (*_QUEUE, *breaking))
            return (*attempts, Step(Stage.FAILED, FileStatus.FAILED, retry_limit))
        case Outcome.FILE_FAILED if policy == Stage.INVALID:
            return (*begun, *working, Step(Stage.INVALID, FileStatus.FINISHED))
        case Outcome.DOWNLOAD_FAILED if policy == Stage.INVALID:
            return (*_QUEUE, _DOWNLOADING, Step(Stage.INVALID, FileStatus.UPLOADED))
        case _:
            return (*begun, *finished)


def _work(*statuses: FileStatus) -> Pipeline:
    return tuple(Step(Stage.IN_PROGRESS, status) for status in statuses)


def _again(number: int, steps: Pipeline) -> Pipeline:
    return tuple(step._replace(retries=number) for step in steps)
