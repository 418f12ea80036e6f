"""Wire shapes of `POST /api/file/upload`."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from alfred_mock.alfred.jobs.schemas import FILE_NAME, FILE_NAMES, JobAsked
from alfred_mock.alfred.wire import Id, Text
from alfred_mock.core.models import LateModel

MAX_URLS = 100
"""Documented."""
_URL = r"^[Hh][Tt][Tt][Pp][Ss]?://[^/?#\s\x00-\x1f][^\s\x00-\x1f]*$"
"""What could be fetched; files that are elsewhere are those of a `source` (our choice)."""


def _url(value: str) -> str:
    if not re.fullmatch(_URL, value):
        raise PydanticCustomError("url", "must be an http or https URL, with %20 for a space")
    return value


_Url = Annotated[
    str,
    AfterValidator(_url),
    Field(
        max_length=2048,
        json_schema_extra={"pattern": _URL},
        examples=["https://files.example.com/invoice.pdf"],
    ),
]
_Urls = Annotated[
    list[_Url],
    Field(min_length=1, max_length=MAX_URLS, description="At most 100 (docs)."),
]
_Name = Annotated[Text, Field(min_length=1)]
_Names = Annotated[list[_Name], Field(min_length=1, max_length=MAX_URLS)]


class _UploadAsked(JobAsked):
    """What every upload may say beside where its files are."""

    metadata: Any = Field(
        None, description="An object, or a list with an object for each of several files (docs)."
    )
    parent_file_prefix: Text = "Inbox"


class UploadFromUrl(_UploadAsked):
    """One file, from a URL."""

    url: _Url


class UploadFromUrls(_UploadAsked):
    """Several files, each from a URL."""

    urls: _Urls


class UploadFromSource(_UploadAsked):
    """One file or several, from an object storage that is configured at Alfred (docs).

    Either `file_name` or `file_names` is given.
    """

    source: _Name = Field(description="What the storage is called.", examples=["invoices-s3"])
    container: Text = Field(description="Its bucket or container.", examples=["invoices"])
    file_name: _Name | None = Field(None, validation_alias=FILE_NAME, examples=["invoice.pdf"])
    file_names: _Names | None = Field(None, validation_alias=FILE_NAMES)


class RemoteUpload(_UploadAsked):
    """Body: exactly one of `url`, `urls` and `source` (docs); unknown fields are ignored (SDK).

    It is described as one of the three above, and read as this, which words the errors.
    """

    url: _Url | None = None
    urls: _Urls | None = None
    source: _Name | None = None
    file_name: _Name | None = Field(None, validation_alias=FILE_NAME)
    file_names: _Names | None = Field(None, validation_alias=FILE_NAMES)

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
