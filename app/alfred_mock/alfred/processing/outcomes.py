"""How a job ends, and how a tester chooses that without any control API.

Magic values stand for each documented ending, like the card numbers of payment test doubles: the
name of a file, or a member of the metadata of a job or a file (our choice).
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

METADATA_KEY = "alfred_mock_outcome"
"""In snake case, into which the JavaScript client turns the keys of a job's metadata."""
_NAME = re.compile(r"alfred-mock-([a-z-]+?)(?:-\d+)?(?:\.[^.]*)?", re.IGNORECASE)


class Outcome(StrEnum):
    """What becomes of a job, or of the job that a file is part of."""

    COMPLETED = "completed"
    FAILED = "failed"
    INVALID = "invalid"
    CANCELLED = "cancelled"
    RETRIED = "retried"
    EXCEEDED_RETRIES = "exceeded_retries"
    FILE_FAILED = "file_failed"
    DOWNLOAD_FAILED = "download_failed"

    @property
    def fails_file(self) -> bool:
        """Whether it is the file that fails, and the job only because of it."""
        return self in (Outcome.FILE_FAILED, Outcome.DOWNLOAD_FAILED)


ERROR_MESSAGES: dict[Outcome, str] = {
    Outcome.FAILED: "The job could not be processed.",
    Outcome.INVALID: "The job is not valid.",
    Outcome.CANCELLED: "The job was cancelled.",
    Outcome.EXCEEDED_RETRIES: "The job has exceeded its number of retries.",
    Outcome.FILE_FAILED: "A file of the job could not be processed.",
    Outcome.DOWNLOAD_FAILED: "A file of the job could not be downloaded.",
}
"""What `error_messages` says at the end (our choice; only the empty list is known)."""


def of_name(file_name: str) -> Outcome | None:
    """The outcome that a file's name asks for: `alfred-mock-failed.pdf`."""
    found = _NAME.fullmatch(file_name)
    return _outcome(found[1]) if found else None


def of_metadata(metadata: Any) -> Outcome | None:
    """The outcome that metadata asks for: `{"alfred_mock_outcome": "failed"}`."""
    return _outcome(metadata.get(METADATA_KEY)) if isinstance(metadata, dict) else None


def of_file(file_name: str, metadata: Any, by_rule: str | None) -> Outcome | None:
    """The outcome that a file asks for: by its metadata, else its name, else the seed's rule."""
    by_file = of_metadata(metadata) or of_name(file_name)
    return by_file or (Outcome(by_rule) if by_rule else None)


def of_job(metadata: Any, files: Iterable[Outcome | None]) -> Outcome:
    """The outcome that a job asks for by itself, else the first that a file asks for."""
    asked = of_metadata(metadata)
    if asked is not None:
        return asked
    wanted = (outcome for outcome in files if outcome not in (None, Outcome.COMPLETED))
    return next(wanted, None) or Outcome.COMPLETED


def _outcome(text: Any) -> Outcome | None:
    if not isinstance(text, str):
        return None
    try:
        return Outcome(text.lower().replace("-", "_"))
    except ValueError:
        return None
