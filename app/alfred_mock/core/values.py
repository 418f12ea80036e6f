"""Parameters that several routes take."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from alfred_mock.core.ids import parse_uuid


def canonical_id(value: str) -> str:
    """An id in lower case; for what validates text that must be one."""
    parsed = parse_uuid(value)
    if parsed is None:
        raise PydanticCustomError("uuid", "must be a UUID")
    return parsed


IdPath = Annotated[
    str,
    AfterValidator(canonical_id),
    Path(json_schema_extra={"format": "uuid"}, examples=["0f767925-b464-4ffa-b621-1a0aeacad257"]),
]
"""An id in the path, in either case; the endpoint sees it in lower case."""
