"""Wire shapes of jobs, with a captured example."""

from typing import Any, Literal

from pydantic import AliasChoices, ConfigDict, Field

from alfred_mock.alfred.processing.pipeline import FileStatus, Stage
from alfred_mock.alfred.wire import Id, OptionalId, RequestModel, ShownDate, Text
from alfred_mock.core.models import LateModel

Priority = Literal["low", "normal", "high"]


FILE_NAME = AliasChoices("file_name", "filename", "fileName")
FILE_NAMES = AliasChoices("file_names", "filenames", "fileNames")


class JobAsked(RequestModel):
    """What both bodies that make a job may say of it.

    A field that has the name of a column of the job is stored there.
    """

    propagate_metadata: bool = False
    merge: bool = False
    metadata: Any = None
    channel: Text = "api"
    parent_file_prefix: Text | None = None
    container: Text | None = None
    file_name: Text | None = Field(None, validation_alias=FILE_NAME)
    file_names: list[Text] | None = Field(None, validation_alias=FILE_NAMES)
    priority: Priority = "normal"


class JobCreate(JobAsked):
    """Body of `POST /api/job/create` (docs, SDK); unknown fields are ignored (SDK)."""

    session_id: Id
    metadata: Any = Field(None, description="JSON; text that holds JSON is as good (SDK).")
    decompose: bool = False
    page_rotation: int = Field(-1, ge=-360, le=360)


class JobCreated(LateModel):
    """Answer of `POST /api/job/create` (captured)."""

    model_config = ConfigDict(extra="forbid")

    job_id: Id


class JobFile(LateModel):
    """A file of a job (captured)."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    creation_date: ShownDate
    update_date: ShownDate
    file_name: str = Field(examples=["CertificacionMeta.pdf"])
    tag_name: str = Field(description="Empty while, and if, the file has no tag.", examples=[""])
    is_parent: bool
    is_children: bool
    status: FileStatus


class JobDetail(LateModel):
    """Answer of `GET /api/job/detail/{id}`; every field was captured from the real API."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    creation_date: ShownDate
    has_job_request_info: bool
    job_request_date: ShownDate | None
    update_date: ShownDate
    company_id: Id
    bulk_id: OptionalId
    deferred_session_id: OptionalId = Field(description="Null if the files are remote ones.")
    user_name: str = Field(examples=["API Key 1"])
    channel: str = Field(examples=["api"])
    source: str | None
    container: str | None
    remote_file_name: str | None
    remote_file_names: list[str] | None
    merge: bool
    decompose: bool
    propagate_metadata: bool
    parent_file_prefix: str | None
    decomposed_page_rotation: int = Field(examples=[-1])
    metadata: str | None = Field(description="JSON as text.")
    file_count: int
    file_sources_count: int
    metadata_objects_count: int = Field(examples=[0])
    finished_files: int
    files: list[JobFile]
    retries: int = Field(examples=[0])
    exceeded_retries: bool
    file_urls: list[str] = Field(examples=[["https://files.example.com/invoice.pdf"]])
    error_messages: list[str] = Field(examples=[[]])
    stage: Stage
    priority: Priority
    input_source_type: str = Field(examples=["deferred_upload"])
    start_date: ShownDate | None = Field(description="Null before the job has started.")
    email_from: str | None
    email_subject: str | None
    email_body: str | None


class JobList(LateModel):
    """Answer of `GET /api/job/all` (SDK); `is_empty` says so of this page (our choice)."""

    model_config = ConfigDict(extra="forbid")

    result: list[JobDetail]
    total: int = Field(description="Of all pages.")
    is_empty: bool
