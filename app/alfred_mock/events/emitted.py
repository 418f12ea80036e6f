"""Events that a tester tells although nothing has happened."""

from typing import Any

from alfred_mock.alfred.processing.outcomes import ERROR_MESSAGES, Outcome
from alfred_mock.alfred.processing.pipeline import FileStatus
from alfred_mock.core.clock import Instant
from alfred_mock.events.fields import (
    RECYCLE_BIN,
    RETRIED,
    Happening,
    file_values,
    happening,
    job_values,
)
from alfred_mock.events.subjects import Subject

_STATUSES = {"file_done": FileStatus.FINISHED, "file_failed": FileStatus.FAILED}
_OF_JOBS: dict[str, dict[str, Any]] = {
    "job_retry": {"retries": 1, "error_messages": [RETRIED]},
    "job_exceeded_retries": {
        "exceeded_retries": True,
        "error_messages": [ERROR_MESSAGES[Outcome.EXCEEDED_RETRIES]],
    },
    "job_failed": {"error_messages": [ERROR_MESSAGES[Outcome.FAILED]]},
    "job_invalid": {"error_messages": [ERROR_MESSAGES[Outcome.INVALID]]},
}
"""What follows from the event rather than from the job."""
_PROPERTY = {"name": "Document Type", "value": "Confidential Report"}
"""The documented example."""


def emitted_of_job(
    name: str, subject: Subject, now: Instant, fields: dict[str, Any]
) -> list[Happening]:
    """An event about a job, as if it had happened now."""
    job = subject.job
    stage = subject.position.step.stage.value if subject.position is not None else None
    more: dict[str, Any] = {"stage": stage, **_OF_JOBS.get(name, {})}
    if name == "job_exceeded_retries":
        more["retries"] = job.retry_limit
    values = job_values(job, subject.files, now, **more)
    return [_with(fields, happening(name, now, values, job_id=job.id))]


def emitted_of_file(
    name: str, subject: Subject, now: Instant, fields: dict[str, Any]
) -> list[Happening]:
    """An event about a file, as if it had happened now; a move to the bin is two."""
    file, job = subject.files[0], subject.job
    directory = subject.directory
    values = file_values(
        file,
        _STATUSES.get(name, subject.status),
        now,
        company_name=job.company_name,
        outcome=job.outcome,
        is_classified=name != "file_category_delete",
        **{
            **_PROPERTY,
            "previous_file_directory": directory,
            "new_file_directory": directory,
            "previous_tag_id": None,
            "previous_tag_name": None,
            "proposed_tag_id": file.tag_id,
            "new_tag_id": file.tag_id,
            "new_tag_name": file.tag_name,
            "tag_being_removed_id": file.tag_id,
            "tag_being_removed_name": file.tag_name,
        },
    )
    ids = {"job_id": job.id, "file_id": file.id}
    events = [_with(fields, happening(name, now, values, **ids))]
    if name == "file_move_to_recycle_bin":
        moved = {**values, "new_file_directory": RECYCLE_BIN}
        events.append(happening("file_move", now, moved, **ids))
    return events


def _with(fields: dict[str, Any], told: Happening) -> Happening:
    return told._replace(fields={**told.fields, **fields})
