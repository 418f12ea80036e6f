"""What a value in a seed may be: ids, dates, texts, scores, JSON."""

import math
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from alfred_mock.alfred.wire import MOST_LEVELS
from alfred_mock.core.clock import Instant, from_wire, to_wire
from alfred_mock.core.ids import parse_uuid


class Part(BaseModel):
    """A part of a seed: nothing in it is converted and no unknown key is passed over."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _uuid(value: str) -> str:
    parsed = parse_uuid(value)
    if parsed is None:
        raise ValueError("must be a UUID")
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


def _json(value: Any) -> Any:
    if not is_json(value):
        raise ValueError("must be JSON (put dates and keys in quotes)")
    return value


def is_json(value: Any, levels: int = MOST_LEVELS) -> bool:
    """Whether a value can be in a seed: JSON of no more than so many levels."""
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


Id = Annotated[str, AfterValidator(_uuid)]
Date = Annotated[
    Instant,
    BeforeValidator(_instant),
    PlainSerializer(to_wire, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["2022-11-17T00:00:00.000"]}),
]
Text = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
# What was extracted may be empty, long or of several lines; only NUL is not text to a database.
LongText = Annotated[str, Field(max_length=65_536, pattern=r"^[^\x00]*$")]
# What travels in a header must survive the trip.
HeaderText = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[!-~]+$")]
ContentType = Annotated[str, Field(max_length=8_192, pattern=r"^[!-.0-~]+/[!-~][\t\x0b\x0c -~]*$")]
FileName = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+$")]
# What the API takes from its callers: a seed must be able to say all that can have happened.
AnyText = Annotated[str, Field(max_length=2_048, pattern=r"^[^\x00]*$")]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Json = Annotated[Any, BeforeValidator(_json)]
JsonObject = Annotated[dict[str, Any], BeforeValidator(_json)]
