"""Wire shapes of files, with a captured example."""

from pydantic import ConfigDict, Field

from alfred_mock.alfred.processing.pipeline import FileStatus
from alfred_mock.alfred.wire import Id, OptionalId, ShownDate, ShownId, blob_url
from alfred_mock.core.models import LateModel

_COMPANY, _FILE = "286e2ed0-3626-4faa-a745-8ebf3488fbd7", "0f767925-b464-4ffa-b621-1a0aeacad257"


class FileCreated(LateModel):
    """Answer of `POST /api/file/uploadfile` (captured)."""

    model_config = ConfigDict(extra="forbid")

    file_id: Id


class FileDetail(LateModel):
    """Answer of `GET /api/file/detail/{id}`; all 35 fields were captured from the real API."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    creation_date: ShownDate
    update_date: ShownDate
    file_name: str = Field(examples=["CertificacionMeta.pdf"])
    file_name_without_extension: str = Field(examples=["CertificacionMeta"])
    blob_name: ShownId = Field(description="The file's id.")
    blob_url: str = Field(examples=[blob_url(_COMPANY, _FILE)])
    user_name: str | None = Field(description="Null, as captured.")
    md5_hash: str = Field(description="Base64.", examples=["GiZkvwxF0QwxbALzdPX6gA=="])
    content_type: str = Field(examples=["application/octet-stream"])
    channel: str = Field(examples=["api"])
    should_be_classified: bool
    classifier: str | None
    classification_score: float = Field(examples=[0.0])
    status: FileStatus
    input_type: str = Field(examples=["single_unit"])
    is_duplicate: bool
    is_duplicate_by_values: bool
    duplicate_origin_id: OptionalId
    tag_id: OptionalId = Field(description="Null while, and if, the file has no tag.")
    is_parent: bool
    parent_id: OptionalId
    deferred_session_id: OptionalId = Field(description="Null, as captured.")
    tag_name: str | None
    company_id: Id
    file_size: int = Field(description="Bytes.", examples=[285_901])
    proposed_tag_id: OptionalId
    proposed_tag_variance: float = Field(examples=[0.0])
    classification_score_above_deviation: bool
    confirmed_tag_id: OptionalId
    confirmed_by: str | None
    manual_classification: bool
    metadata: str = Field(description="JSON as text, empty if there is none.", examples=[""])
    page_count: int
    page_number: int = Field(examples=[-1])
