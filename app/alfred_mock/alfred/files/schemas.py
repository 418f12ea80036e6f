"""Wire shapes of files, with a captured example."""

from pydantic import ConfigDict, Field

from alfred_mock.alfred.processing.pipeline import FileStatus
from alfred_mock.alfred.wire import Id, OptionalId, ShownDate
from alfred_mock.core.models import LateModel


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
    file_name: str
    file_name_without_extension: str
    blob_name: str = Field(description="The file's id.")
    blob_url: str
    user_name: str | None = Field(description="Null, as captured.")
    md5_hash: str = Field(description="Base64.", examples=["GiZkvwxF0QwxbALzdPX6gA=="])
    content_type: str
    channel: str
    should_be_classified: bool
    classifier: str | None
    classification_score: float
    status: FileStatus
    input_type: str
    is_duplicate: bool
    is_duplicate_by_values: bool
    duplicate_origin_id: OptionalId
    tag_id: OptionalId = Field(description="Null while, and if, the file has no tag.")
    is_parent: bool
    parent_id: OptionalId
    deferred_session_id: OptionalId = Field(description="Null, as captured.")
    tag_name: str | None
    company_id: Id
    file_size: int = Field(description="Bytes.")
    proposed_tag_id: OptionalId
    proposed_tag_variance: float
    classification_score_above_deviation: bool
    confirmed_tag_id: OptionalId
    confirmed_by: str | None
    manual_classification: bool
    metadata: str = Field(description="JSON as text, empty if there is none.")
    page_count: int
    page_number: int
