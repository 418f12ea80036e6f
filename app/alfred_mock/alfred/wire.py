"""Types that the wire shapes of several parts of the API share."""

import contextlib
import json
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from alfred_mock.core.errors import BadRequest
from alfred_mock.core.values import MOST_LEVELS, canonical_id

Id = Annotated[str, AfterValidator(canonical_id), Field(json_schema_extra={"format": "uuid"})]
"""An id; one that comes in may be in upper case and is read in lower case."""
OptionalId = Annotated[str | None, Field(json_schema_extra={"format": "uuid"})]
Date = Annotated[str, Field(examples=["2024-05-13T17:41:20.133"])]
"""A date as Alfred writes it: UTC, without a zone, with milliseconds."""
Text = Annotated[str, Field(max_length=1024, pattern=r"^[^\x00]*$")]
"""Text that comes in: neither database can be asked for one with NUL in it."""


class RequestModel(BaseModel):
    """A body that comes in.

    Fields that are not known are ignored, and null is as good as nothing: clients send both (SDK).
    """

    model_config = ConfigDict(extra="ignore", validate_by_name=True, validate_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        return {name: value for name, value in content.items() if value is not None}


def documented_body(model: type[BaseModel]) -> dict[str, Any]:
    """OpenAPI's description of a JSON body that the endpoint reads by itself."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def metadata_text(metadata: Any) -> str | None:
    """Metadata as the JSON text that is stored and shown; None for none.

    Text that holds JSON is what it holds: the .NET client encodes metadata before it sends it.

    Raises:
        BadRequest: a number in it, or its depth, is beyond what JSON readers understand.
    """
    if isinstance(metadata, str):
        with contextlib.suppress(ValueError, RecursionError):
            metadata = json.loads(metadata) if metadata else None
    if metadata is None:
        return None
    if isinstance(metadata, dict | list) and _is_deep(metadata):
        raise BadRequest(f"The metadata must not be nested deeper than {MOST_LEVELS} levels.")
    try:
        return json.dumps(metadata, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError):
        raise BadRequest("The metadata must be JSON.") from None


def _is_deep(content: Any) -> bool:
    level = [content]
    for _ in range(MOST_LEVELS):
        if not level:
            break
        level = [
            member
            for outer in level
            for member in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(member, dict | list)
        ]
    return bool(level)


def metadata_objects(text: str | None) -> int:
    """How many objects the metadata holds: a list's length, 1 for anything else, 0 for none."""
    if text is None:
        return 0
    content = json.loads(text)
    return len(content) if isinstance(content, list) else 1


def blob_url(company_id: str, file_id: str) -> str:
    """Where Alfred says that a file is: a URL in the form of the captured ones.

    Its storage account can never exist, since Azure's accounts have no dash in their names. So a
    client that follows the URL reaches no one.
    """
    return f"https://alfred-mock.blob.core.windows.net/tsc-{company_id}-files/{file_id}"
