"""What the parts of a seed have in common: how strict they are, and where their keys are stored."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict

from alfred_mock.control.seed.rows import CompanyRows
from alfred_mock.core.clock import to_wire
from alfred_mock.core.models import LateModel
from alfred_mock.core.values import InstantText
from alfred_mock.database import Transaction

Exported = dict[str, list[dict[str, Any]]]
"""Parts of a document by the id of the company that they belong to."""


class SeedPart(LateModel):
    """A part of a seed: no value is converted, and an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Stored:
    """Where and how a key is stored; without it, unchanged in the column of the key's name."""

    column: str = ""
    """Empty means the column of the key's name."""
    to: Callable[[Any], Any] = _same
    """Turns the key's value into the column's."""
    show: Callable[[Any], Any] = _same
    """Turns the column's value into the key's, for an export."""
    like: str = ""
    """The key that gives the value while this one is missing; an export then leaves this out."""


class StoredPart(SeedPart):
    """A part that is stored as a row of a table.

    Keys without a column are stored and exported by the code of their subject.
    """

    rows: ClassVar[CompanyRows]
    """Reads the rows of that table."""

    def row(self) -> dict[str, Any]:
        """The columns that the keys give, without those that would be null."""
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
        """The part in an export, from a row and from values by key; defaults are left out."""
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
    """The place of each key that has a column."""
    columns = part.rows.table.model_fields
    places = {}
    for key, field in part.model_fields.items():
        said = next((item for item in field.metadata if isinstance(item, Stored)), None)
        if said is not None or key in columns:
            stored = said or Stored()
            places[key] = replace(stored, column=stored.column or key)
    return places


def exported(part: type[StoredPart], company_id: str | None) -> Transaction[Exported]:
    """The parts of one kind: those of a company, or of all companies."""
    parts: Exported = defaultdict(list)
    for row in (yield from part.rows(company_id)):
        parts[row.company_id].append(part.shown(row))
    return parts


# SQLite gives back 0 and 1.
Flag = Annotated[bool, Stored(show=bool)]
CreationDate = Annotated[InstantText, Stored(show=to_wire)]
UpdateDate = Annotated[InstantText | None, Stored(show=to_wire, like="creation_date")]
