"""What holds for every key of the whole format of seeds."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.control.seed.events import EventsSeed
from alfred_mock.control.seed.files import FileSeed
from alfred_mock.control.seed.part import StoredPart, places_of
from alfred_mock.control.seed.tags import RuleSeed, TagSeed


def _types_in(annotation: Any) -> set[Any]:
    """The types that a key's type is made of."""
    return {annotation}.union(*map(_types_in, get_args(annotation)))


def _parts(part: type[BaseModel] = SeedDocument) -> Iterator[type[BaseModel]]:
    yield part
    for field in part.model_fields.values():
        for found in _types_in(field.annotation):
            if isinstance(found, type) and issubclass(found, BaseModel):
                yield from _parts(found)


PARTS = list(dict.fromkeys(_parts()))
NUMBERS = [
    (part, key)
    for part in PARTS
    for key, field in part.model_fields.items()
    if _types_in(field.annotation) & {int, float}
]
WITHOUT_COLUMN = {
    # In tables of their own.
    (CompanySeed, "name"),
    (CompanySeed, "events"),
    (EventsSeed, "webhook"),
    *((CompanySeed, key) for key in ("users", "api_keys", "hmac", "tags", "rules")),
    *((CompanySeed, key) for key in ("deferred_sessions", "jobs", "files")),
    (TagSeed, "data_points"),
    *((FileSeed, key) for key in ("content", "content_base64", "values", "confirmed")),
    # By what the company's tags are called.
    (FileSeed, "tag"),
    (RuleSeed, "tag"),
}


def _errors(part: type[BaseModel], key: str, value: Any) -> list[Any]:
    try:
        part.model_validate({key: value})
    except ValidationError as error:
        return [item for item in error.errors() if item["loc"] == (key,)]
    return []


def test_the_whole_format_is_looked_at() -> None:
    assert {part.__name__ for part in PARTS} == {
        "SeedDocument",
        "CompanySeed",
        "CloudinfoSeed",
        *("UserSeed", "KeySeed", "HmacSeed", "TagSeed", "DataPointSeed", "RuleSeed"),
        *("DeferredSessionSeed", "JobSeed", "FileSeed", "EventsSeed", "DeliveryFault"),
    }
    assert len(NUMBERS) >= 10


@pytest.mark.parametrize("value", [True, False, "1", "1.0", "", [1]])
@pytest.mark.parametrize(("part", "key"), NUMBERS)
def test_a_number_is_a_number(part: type[BaseModel], key: str, value: Any) -> None:
    assert _errors(part, key, value)


def test_every_key_says_where_it_is_stored() -> None:
    stored = [part for part in PARTS if issubclass(part, StoredPart)]
    without = {
        (part, key) for part in stored for key in part.model_fields if key not in places_of(part)
    }
    assert without == WITHOUT_COLUMN
    for part in stored:
        columns = part.rows.table.model_fields
        assert {place.column for place in places_of(part).values()} <= set(columns), part
