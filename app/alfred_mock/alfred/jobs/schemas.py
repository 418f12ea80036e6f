"""Wire shapes of jobs, with a captured example."""

from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from alfred_mock.alfred.processing.pipeline import FileStatus, Stage
from alfred_mock.alfred.wire import Date, Id, OptionalId, RequestModel, Text

Priority = Literal["low", "normal", "high"]


class JobCreate(RequestModel):
    """Body of `POST /api/job/create` (docs, SDK); unknown fields are ignored (SDK)."""

    session_id: Id = Field(validation_alias=AliasChoices("session_id", "sessionId"))
    propagate_metadata: bool = Field(
        False, validation_alias=AliasChoices("propagate_metadata", "propagateMetadata")
    )
    merge: bool = False
    decompose: bool = False
    metadata: Any = Field(None, description="JSON; text that holds JSON is as good (SDK).")
    channel: Text = "api"
    parent_file_prefix: Text | None = Field(
        None, validation_alias=AliasChoices("parent_file_prefix", "parentFilePrefix")
    )
    page_rotation: int = Field(
        -1, ge=-360, le=360, validation_alias=AliasChoices("page_rotation", "pageRotation")
    )
    container: Text | None = None
    file_name: Text | None = Field(
        None, validation_alias=AliasChoices("file_name", "filename", "fileName")
    )
    file_names: list[Text] | None = Field(
        None, validation_alias=AliasChoices("file_names", "filenames", "fileNames")
    )
    priority: Priority = "normal"


class JobCreated(BaseModel):
    """Answer of `POST /api/job/create` (captured)."""

    model_config = ConfigDict(extra="forbid")

    job_id: Id


class JobFile(BaseModel):
    """A file of a job (captured)."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    creation_date: Date
    update_date: Date
    file_name: str
    tag_name: str = Field(description="Empty while, and if, the file has no tag.")
    is_parent: bool
    is_children: bool
    status: FileStatus


class JobDetail(BaseModel):
    """Answer of `GET /api/job/detail/{id}`; every field was captured from the real API."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    creation_date: Date
    has_job_request_info: bool
    job_request_date: Date | None
    update_date: Date
    company_id: Id
    bulk_id: OptionalId
    deferred_session_id: OptionalId = Field(description="Null if the files are remote ones.")
    user_name: str
    channel: str
    source: str | None
    container: str | None
    remote_file_name: str | None
    remote_file_names: list[str] | None
    merge: bool
    decompose: bool
    propagate_metadata: bool
    parent_file_prefix: str | None
    decomposed_page_rotation: int
    metadata: str | None = Field(description="JSON as text.")
    file_count: int
    file_sources_count: int
    metadata_objects_count: int
    finished_files: int
    files: list[JobFile]
    retries: int
    exceeded_retries: bool
    file_urls: list[str]
    error_messages: list[str]
    stage: Stage
    priority: Priority
    input_source_type: str
    start_date: Date | None = Field(description="Null before the job has started.")
    email_from: str | None
    email_subject: str | None
    email_body: str | None


class JobList(BaseModel):
    """Answer of `GET /api/job/all` (SDK); `is_empty` says so of this page (our choice)."""

    model_config = ConfigDict(extra="forbid")

    result: list[JobDetail]
    total: int = Field(description="Of all pages.")
    is_empty: bool
