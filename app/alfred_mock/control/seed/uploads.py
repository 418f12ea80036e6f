"""The part of a seed that says what was uploaded before: sessions, jobs and files."""

import base64
import binascii
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from alfred_mock.alfred.jobs.schemas import Priority
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import FileStatus, Stage
from alfred_mock.control.seed.processing import Limit
from alfred_mock.control.seed.values import (
    AnyText,
    ContentType,
    Date,
    FileName,
    Id,
    Json,
    LongText,
    Part,
    Score,
    Seconds,
    Text,
)
from alfred_mock.core.settings import Progression

Policy = Literal["invalid", "completed"]
"""What a failed file or download makes of a job."""
InputSourceType = Literal["deferred_upload", "remote_upload"]


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None
    return value


class DeferredSessionSeed(Part):
    """A deferred session in a given state."""

    id: Id
    creation_date: Date
    update_date: Date | None = Field(None, description="The creation date unless given.")
    status: Literal["open", "closed"] = "open"
    user_name: Text
    job_id: Id | None = None

    @model_validator(mode="after")
    def _closed_by_a_job(self) -> Self:
        if (self.status == "closed") != (self.job_id is not None):
            raise ValueError("a closed session has a job_id, an open one has none")
        return self


class JobSeed(Part):
    """A job that was created before, and how it goes on."""

    id: Id
    deferred_session_id: Id | None = None
    creation_date: Date
    user_name: Text
    channel: AnyText = "api"
    outcome: Annotated[Outcome, Field(strict=False)] = Outcome.COMPLETED
    progression: Annotated[Progression, Field(strict=False)] = Progression.IMMEDIATE
    stage_seconds: Seconds | None = Field(None, description="The company's unless given.")
    stage: Annotated[Stage, Field(strict=False)] | None = Field(
        None, description="Where it stands still; otherwise that follows from the rest."
    )
    merge: bool = False
    decompose: bool = False
    propagate_metadata: bool = False
    metadata: Json = None
    priority: Priority = "normal"
    parent_file_prefix: AnyText | None = None
    page_rotation: Annotated[int, Field(ge=-360, le=360)] = -1
    policy: Policy | None = Field(None, description="Follows from the cloudinfo unless given.")
    retry_limit: Limit | None = Field(None, description="That of the cloudinfo unless given.")
    step: Annotated[int, Field(ge=-1, le=1_000)] = Field(
        -1, description="How far a manual job has gone; -1 before it was first read."
    )
    step_date: Date | None = Field(
        None, description="Since when it is there; the creation date unless given."
    )
    input_source_type: InputSourceType = "deferred_upload"
    source: AnyText | None = None
    container: AnyText | None = None
    remote_file_name: AnyText | None = None
    remote_file_names: list[AnyText] | None = None
    file_urls: list[AnyText] | None = Field(
        None, description="Where the files come from; links to the files themselves unless given."
    )


class FileSeed(Part):
    """A file that was uploaded before, to a session, for a job, or both."""

    id: Id
    deferred_session_id: Id | None = None
    job_id: Id | None = None
    file_name: FileName
    uploaded_name: FileName | None = Field(
        None, description="Its name before it was numbered; the same unless given."
    )
    content_type: ContentType | None = Field(None, description="Guessed from the name.")
    content: str | None = None
    content_base64: Annotated[str, AfterValidator(_base64)] | None = None
    metadata: Json = None
    creation_date: Date
    update_date: Date | None = Field(None, description="The creation date unless given.")
    tag: Text | None = None
    classification_score: Score | None = None
    values: dict[Text, LongText] = Field({})
    confirmed: bool = True
    status: Annotated[FileStatus, Field(strict=False)] | None = Field(
        None, description="Where it stands still; otherwise that follows from its job."
    )
    fails: bool = False

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.deferred_session_id is None and self.job_id is None:
            raise ValueError("a file has a deferred_session_id, a job_id or both")
        if self.content is not None and self.content_base64 is not None:
            raise ValueError("a file has content or content_base64, not both")
        return self
