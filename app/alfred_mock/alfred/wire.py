"""Types that the wire shapes of several parts of the API share."""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from alfred_mock.core.clock import to_wire
from alfred_mock.core.errors import BadRequest, NotFound
from alfred_mock.core.models import LateModel
from alfred_mock.core.validation import other_spelling
from alfred_mock.core.values import MOST_LEVELS, canonical_id

Shape = TypeVar("Shape", bound=BaseModel)

Id = Annotated[str, AfterValidator(canonical_id), Field(json_schema_extra={"format": "uuid"})]
"""An id; one that comes in may be in upper case and is read in lower case."""
ShownId = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
"""An id that is shown as it is stored."""
OptionalId = ShownId | None
Date = Annotated[
    str,
    Field(
        examples=["2024-05-13T17:41:20.133"],
        json_schema_extra={
            "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}$"
        },
    ),
]
"""A date as Alfred writes it: UTC, without a zone, with milliseconds."""
ShownDate = Annotated[Date, BeforeValidator(to_wire)]
"""An instant that is shown as such a date."""
Text = Annotated[str, Field(max_length=1024, pattern=r"^[^\x00]*$")]
"""Text that comes in: neither database can be asked for one with NUL in it."""


def _spellings(name: str) -> AliasChoices:
    first, *others = name.split("_")
    return AliasChoices(name, "".join([first, *map(str.title, others)]))


class RequestModel(LateModel):
    """A body that comes in; a field `file_name` may also be called `fileName` (SDK).

    Fields that are not known are ignored, and null is as good as nothing: clients send both (SDK).
    The setting `strict` refuses the other spelling: nothing says that Alfred accepts it.
    """

    model_config = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=_spellings),
        extra="ignore",
        validate_by_name=True,
        validate_by_alias=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, content: Any, info: ValidationInfo) -> Any:
        if not isinstance(content, dict):
            return content
        if info.context and info.context["strict"]:
            refuse_other_spellings("Field", content, cls.model_fields)
        return {name: value for name, value in content.items() if value is not None}


def refuse_other_spellings(what: str, given: Iterable[str], documented: Iterable[str]) -> None:
    """For the setting `strict`: make sure that names are spelled as in the documentation.

    Raises:
        ValueError: one is not; says which, and how it is spelled.
    """
    found = other_spelling(given, documented)
    if found is not None:
        name, meant = found
        raise ValueError(f"{what} '{name[:64]}' is spelled '{meant}' in the documentation")


def shown(schema: type[Shape], source: Any) -> Shape:
    """An answer whose fields are taken by name from an object's attributes, or from a dict.

    So columns of a row are shown as they are stored. pydantic's own ways to do this take longer.
    """
    made: Shape = schema.__pydantic_validator__.validate_python(source, from_attributes=True)
    return made


def unknown(kind: str, id_: str) -> NotFound:
    """The error for a thing that the caller's company does not have.

    The sentence is documented for a Deferred Session and our choice for the others.
    """
    return NotFound(f"{kind} with ID {id_} does not exist.")


def metadata_text(metadata: Any) -> str | None:
    """Metadata as the JSON text that is stored and shown; None for none.

    Text that holds JSON is what it holds: the .NET client encodes metadata before it sends it.

    Raises:
        BadRequest: a number in it, or its depth, is beyond what JSON readers understand.
    """
    if isinstance(metadata, str):
        with suppress(ValueError, RecursionError):
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
    """How many objects metadata holds, as text that `metadata_text` has made."""
    return 0 if text is None else objects_in(json.loads(text))


def objects_in(metadata: Any) -> int:
    """How many objects metadata holds: a list's length, 1 for anything else, 0 for none."""
    return len(metadata) if isinstance(metadata, list) else int(metadata is not None)


def blob_url(company_id: str, file_id: str) -> str:
    """Where Alfred says that a file is: a URL in the form of the captured ones.

    Its storage account can never exist, since Azure's accounts have no dash in their names. So a
    client that follows the URL reaches no one.
    """
    return f"https://alfred-mock.blob.core.windows.net/tsc-{company_id}-files/{file_id}"
