"""The members of events, taken from jobs and files.

Each subject knows the value of every member that an event about it can have. An event takes those
that the catalogue lists for it, in that order.
"""

import json
from types import SimpleNamespace
from typing import Any, NamedTuple

from alfred_mock.alfred.files.naming import stem_of
from alfred_mock.alfred.processing.outcomes import ERROR_MESSAGES, Outcome
from alfred_mock.alfred.processing.pipeline import CLASSIFIED, FileStatus
from alfred_mock.alfred.wire import blob_url
from alfred_mock.core.clock import Instant
from alfred_mock.events.catalogue import KINDS
from alfred_mock.events.payloads import event_date

RETRIED = "The job is tried again."
NO_TAG = "No Tag"
"""What the category and the directory of a file are called that no tag fits (docs)."""
INBOX, FAILED, RECYCLE_BIN = "Inbox", "Failed", "Recycle Bin"
"""Directories; the first is our choice for where the job names no `parent_file_prefix`."""
PROVIDER = "google"
"""What has extracted the text (docs: the company's `omen_providers`)."""

_CLASSIFICATION = {
    FileStatus.CLASSIFYING: "in progress",
    FileStatus.FAILED: "pending_review",
    **dict.fromkeys(CLASSIFIED, "complete"),
}


class Happening(NamedTuple):
    """An event before it is written."""

    name: str
    job_id: str | None
    file_id: str | None
    occurred_at: Instant
    fields: dict[str, Any]


def happening(
    name: str,
    at: Instant,
    values: dict[str, Any],
    *,
    job_id: str | None,
    file_id: str | None = None,
) -> Happening:
    """An event that takes its members from `values`, which may have others beside."""
    fields = {key: values[key] for key in KINDS[name].typed_keys}
    return Happening(name, job_id, file_id, at, fields)


def job_values(
    job: SimpleNamespace, files: list[SimpleNamespace], at: Instant, **more: Any
) -> dict[str, Any]:
    """The members of an event about a job at an instant; `job.company_name` is its company's."""
    urls = json.loads(job.file_urls_json) if job.file_urls_json else None
    return {
        "company_id": job.company_id,
        "company_name": job.company_name,
        "job_id": job.id,
        "user_name": job.user_name,
        "merge": bool(job.merge),
        "metadata": job.metadata_json,
        "file_count": len(files),
        "file_urls": urls or [blob_url(job.company_id, file.id) for file in files],
        "retries": 0,
        "exceeded_retries": False,
        "error_messages": [],
        "has_broken_input_sources": job.outcome == Outcome.DOWNLOAD_FAILED,
        "creation_date": event_date(job.creation_date),
        "update_date": event_date(at),
        **more,
    }


def file_values(
    file: SimpleNamespace,
    status: FileStatus,
    at: Instant,
    *,
    company_name: str,
    outcome: str | None = None,
    is_classified: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The members of an event about a file that has this status; `outcome` is that of its job.

    A tag is shown where `is_classified`; that follows from the status, if it is not given.
    """
    if is_classified is None:
        is_classified = status in CLASSIFIED
    is_tagged = file.tag_id is not None and is_classified
    score = file.classification_score if is_tagged else 0.0
    failed_download = outcome == Outcome.DOWNLOAD_FAILED
    message = ERROR_MESSAGES[Outcome.DOWNLOAD_FAILED if failed_download else Outcome.FILE_FAILED]
    return {
        "company_id": file.company_id,
        "company_name": company_name,
        "file_id": file.id,
        "file_log_id": file.id,
        "job_id": file.job_id,
        "file_name": file.file_name,
        "file_name_without_extension": stem_of(file.file_name),
        "blob_name": file.id,
        "blob_url": blob_url(file.company_id, file.id),
        "tag_id": file.tag_id if is_tagged else None,
        "tag_name": file.tag_name if is_tagged else None,
        "manual_classification": False,
        "classification_score": score,
        "classification_status": _CLASSIFICATION.get(status, "pending"),
        "file_status": status.value,
        "error_messages": [message],
        "content": f"Extracted text of {file.file_name}",
        "provider": PROVIDER,
        "description": file.tag_name if is_tagged else NO_TAG,
        "confidence": score,
        "creation_date": event_date(file.creation_date),
        "update_date": event_date(max(file.update_date, at)),
        **more,
    }


def directory_of(file: SimpleNamespace, status: FileStatus, parent: str | None) -> str:
    """The directory that a file with this status is in; `parent` is its job's prefix."""
    if file.directory is not None:
        return str(file.directory)
    if status is FileStatus.FAILED:
        return FAILED
    if status in CLASSIFIED:
        return file.tag_name if file.tag_id is not None else NO_TAG
    return parent or INBOX
