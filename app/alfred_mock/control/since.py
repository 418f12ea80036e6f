"""The parameter `since`: what comes after a number, or from an instant on."""

from typing import Annotated, NamedTuple

from fastapi import Query
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from alfred_mock.core.clock import DATE_PATTERN, Instant, from_wire

_PATTERN = f"^[0-9]+$|{DATE_PATTERN}"


class Since(NamedTuple):
    """One of the two, or neither."""

    after: int | None = None
    """A number: only what comes after it."""
    instant: Instant | None = None
    """An instant: only what is of it, or of a later one."""


def parse_since(value: str | None, *, largest: int) -> Since:
    """What a validated `since` says; `largest` is the largest number that there can be."""
    if value is None:
        return Since()
    if value.isascii() and value.isdigit():
        return Since(after=min(int(value[:20]), largest))
    try:
        return Since(instant=from_wire(value))
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "since", "must be the number of an entry or a date such as 2022-11-17T00:00:00.000"
        ) from None


def _since(value: str) -> str:
    parse_since(value, largest=0)
    return value


SinceText = Annotated[
    str | None,
    AfterValidator(lambda value: value if value is None else _since(value)),
    Query(
        description="The number of an entry, for those after it, or an ISO 8601 date.",
        json_schema_extra={"pattern": _PATTERN},
    ),
]
