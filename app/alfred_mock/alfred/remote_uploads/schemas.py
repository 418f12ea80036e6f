"""Wire shapes of `POST /api/file/upload`."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from alfred_mock.alfred.jobs.schemas import FILE_NAME, FILE_NAMES, JobAsked
from alfred_mock.alfred.wire import HttpUrl, Id, Text
from alfred_mock.core.models import LateModel

MAX_URLS = 100
"""Documented."""
_Name = Annotated[Text, Field(min_length=1)]


def _only(*fields: str) -> dict[str, Any]:
    """JSON Schema for these fields being given, and not their alternatives; null is not given."""
    alternatives = {"url", "urls", "source"}
    if "source" in fields:
        alternatives |= {"file_name", "file_names"}
    given: dict[str, Any] = {name: {"not": {"type": "null"}} for name in fields}
    not_given: dict[str, Any] = {
        name: {"type": "null"} for name in sorted(alternatives - {*fields})
    }
    return {"required": list(fields), "properties": {**given, **not_given}}


class RemoteUpload(JobAsked):
    """Body: exactly one of `url`, `urls` and `source` (docs); unknown fields are ignored (SDK).

    `source` is the name of a configured object storage, in whose `container` the file called
    `file_name`, or those called `file_names`, are found.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                _only("url"),
                _only("urls"),
                _only("source", "container", "file_name"),
                _only("source", "container", "file_names"),
            ]
        }
    )

    url: HttpUrl | None = None
    urls: list[HttpUrl] | None = Field(
        None, min_length=1, max_length=MAX_URLS, description="At most 100 (docs)."
    )
    source: _Name | None = None
    file_name: _Name | None = Field(None, validation_alias=FILE_NAME)
    file_names: list[_Name] | None = Field(
        None, min_length=1, max_length=MAX_URLS, validation_alias=FILE_NAMES
    )
    metadata: Any = Field(
        None, description="An object, or a list with an object for each of several files (docs)."
    )
    parent_file_prefix: Text = "Inbox"

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [self.url is not None, self.urls is not None, self.source is not None]
        if sum(given) != 1:
            raise ValueError("Exactly one of 'url', 'urls' and 'source' is required")
        if self.source is not None:
            named = [self.file_name is not None, self.file_names is not None]
            if self.container is None or sum(named) != 1:
                raise ValueError("'source' needs 'container' and one of 'file_name', 'file_names'")
        return self

    @property
    def places(self) -> list[str]:
        """The URL, or the name within the source, of each file."""
        if self.url is not None:
            return [self.url]
        if self.file_name is not None and self.source is not None:
            return [self.file_name]
        return list(self.urls or self.file_names or ())


class RemoteUploadCreated(LateModel):
    """Both are the id of the job: the SDKs disagree on its name (SDK)."""

    model_config = ConfigDict(extra="forbid")

    job_id: Id
    file_id: Id
