"""Types of values that several parts take: ids, dates, texts, scores, JSON."""

import math
import re
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from alfred_mock.core.clock import DATE_PATTERN, Instant, from_wire, to_wire
from alfred_mock.core.ids import parse_uuid

MOST_LEVELS = 100
"""Of objects and lists in metadata: what was read once must be readable everywhere, later too."""

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")


def canonical_id(value: str) -> str:
    """An id in lower case; for what validates text that must be one."""
    parsed = parse_uuid(value)
    if parsed is None:
        raise PydanticCustomError("uuid", "must be a UUID")
    return parsed


def _instant(value: Any) -> Any:
    # YAML and TOML have dates of their own.
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    if not isinstance(value, str):
        raise ValueError("must be a date such as 2022-11-17T00:00:00.000")
    try:
        instant = from_wire(value)
        to_wire(instant)  # a zone can move a date to where none can be shown
    except (ValueError, OverflowError):
        raise ValueError("must be a date such as 2022-11-17T00:00:00.000") from None
    return instant


def is_json(value: Any, levels: int = MOST_LEVELS) -> bool:
    """Whether a value is JSON of no more than so many levels."""
    match value:
        case dict() | list() if not levels:
            return False
        case dict():
            return all(isinstance(key, str) and is_json(key) for key in value) and all(
                is_json(member, levels - 1) for member in value.values()
            )
        case list():
            return all(is_json(member, levels - 1) for member in value)
        case str():
            # Half of a surrogate pair is text to JSON, but to no encoding and no database.
            return not any("\ud800" <= character <= "\udfff" for character in value)
        case float():
            return math.isfinite(value)
        case _:
            return value is None or isinstance(value, bool | int)


def _json(value: Any) -> Any:
    if not is_json(value):
        raise ValueError("must be JSON (put dates and keys in quotes)")
    return value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)
"""Of an integer that may be written 5.0, as JSON schema says; behind the bounds of the integer."""


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise PydanticCustomError("number", "must be a number such as 5")
    return value


AsWritten = BeforeValidator(_digits)
"""Of a number in a query: written as in JSON, without what Python takes beside that.

It stands behind the number's bounds.
"""
IdPath = Annotated[
    str,
    AfterValidator(canonical_id),
    Path(
        description="Its id, a UUID in either case.",
        json_schema_extra={"format": "uuid"},
        examples=["0f767925-b464-4ffa-b621-1a0aeacad257"],
    ),
]
"""An id in the path, in either case; the endpoint sees it in lower case."""
InstantText = Annotated[
    Instant,
    BeforeValidator(_instant),
    PlainSerializer(to_wire, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "pattern": DATE_PATTERN, "examples": ["2022-11-17T00:00:00.000"]}
    ),
]
"""An instant that is given as the text of a date."""
ShortText = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A name, or another text of one line."""
LongText = Annotated[str, Field(max_length=65_536, pattern=r"^[^\x00]*$")]
"""Text of any form, which may be empty; only NUL is not text to a database."""
Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Json = Annotated[Any, BeforeValidator(_json)]
JsonObject = Annotated[dict[str, Any], BeforeValidator(_json)]
