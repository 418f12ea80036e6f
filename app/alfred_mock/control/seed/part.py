"""What the parts of a seed have in common: how strict they are, and where their keys are stored."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict
from sqlmodel import SQLModel

from alfred_mock.core.clock import to_wire
from alfred_mock.core.values import InstantText


class SeedPart(BaseModel):
    """A part of a seed: nothing in it is converted, and an unknown key is refused."""

    # The document builds its parts with it, so that each by itself need not be built at import.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Stored:
    """Says at a key where it is stored, unless it is as it is in the column of its own name."""

    column: str = ""
    """The column of its own name if empty."""
    to: Callable[[Any], Any] = _same
    """Makes the column's value of the key's."""
    show: Callable[[Any], Any] = _same
    """Makes the key's value of the column's, for an export."""
    like: str = ""
    """The key whose value this key has if it is not given; an export leaves it out then."""


class StoredPart(SeedPart):
    """A part that is stored as a row.

    Keys that have no column are stored and exported by the code of their subject.
    """

    table: ClassVar[type[SQLModel]]

    def row(self) -> dict[str, Any]:
        """The columns that follow from the keys; a column that would be null is left out."""
        row = {}
        for key, stored in places_of(type(self)).items():
            value = getattr(self, key)
            if value is None and stored.like:
                value = getattr(self, stored.like)
            if value is not None:
                value = stored.to(value.value if isinstance(value, Enum) else value)
            if value is not None:
                row[stored.column] = value
        return row

    @classmethod
    def shown(cls, row: Any, **given: Any) -> dict[str, Any]:
        """The part as an export has it: of a row and of values by key, less the defaults."""
        places = places_of(cls)
        values = {}
        for key, stored in places.items():
            value = getattr(row, stored.column)
            is_usual = stored.like and value == getattr(row, places[stored.like].column)
            values[key] = None if value is None or is_usual else stored.show(value)
        values.update(given)
        return {
            key: values[key]
            for key, field in cls.model_fields.items()
            if key in values and values[key] != field.default
        }


@cache
def places_of(part: type[StoredPart]) -> dict[str, Stored]:
    """Where the keys of a part are stored, by key."""
    columns = part.table.model_fields
    places = {}
    for key, field in part.model_fields.items():
        said = next((item for item in field.metadata if isinstance(item, Stored)), None)
        if said is not None or key in columns:
            stored = said or Stored()
            places[key] = replace(stored, column=stored.column or key)
    return places


# SQLite gives back 0 and 1.
Flag = Annotated[bool, Stored(show=bool)]
CreationDate = Annotated[InstantText, Stored(show=to_wire)]
UpdateDate = Annotated[InstantText | None, Stored(show=to_wire, like="creation_date")]
