"""Rows by the names of their columns.

A column and its default are written once, in the table. A writer says only what differs from the
default, a reader takes the values by name. Rows are dicts on the way in and plain objects on the
way out: SQLModel's own instances are much slower.
"""

from collections.abc import Iterable
from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlmodel import SQLModel

from alfred_mock.database.columns import columns_of
from alfred_mock.database.statements import Call, Statement


@cache
def defaults_of(model: type[SQLModel]) -> dict[str, Any]:
    """The values of the columns that need not be given."""
    fields = model.model_fields.items()
    return {name: field.default for name, field in fields if not field.is_required()}


def row_of(model: type[SQLModel], **given: Any) -> dict[str, Any]:
    """A whole row.

    Raises:
        TypeError: a column is missing that has no default, or there is no such column.
    """
    row = {**defaults_of(model), **given}
    if row.keys() != model.model_fields.keys():
        wrong = ", ".join(sorted(row.keys() ^ model.model_fields.keys()))
        raise TypeError(f"not the columns of {model.__name__}: {wrong}")
    return row


class Insert(Statement):
    """Inserts a row of a table; called with what differs from the defaults."""

    def __init__(self, model: type[SQLModel]) -> None:
        super().__init__(insert(model))
        self.model = model
        self._defaults = defaults_of(model)
        self._names = model.model_fields.keys()

    def __call__(self, **values: Any) -> Call:
        row = {**self._defaults, **values}
        return Call(self, row if row.keys() == self._names else row_of(self.model, **values))


class Update(Statement):
    """Sets columns of a row; called with the id of the row and all of these columns."""

    def __init__(self, model: type[SQLModel], *names: str) -> None:
        columns = columns_of(model)
        # In an UPDATE, SQLAlchemy keeps the names of the columns for itself.
        given = {
            name: bindparam(f"given_{name}", type_=columns[name].type) for name in ("id", *names)
        }
        super().__init__(update(model).where(columns.id == given.pop("id")).values(given))

    def __call__(self, **values: Any) -> Call:
        return Call(self, {f"given_{name}": value for name, value in values.items()})


class Selection:
    """Columns of one table that are selected together and read by their names."""

    def __init__(self, model: type[SQLModel], *names: str) -> None:
        """The named columns, all of them where none is named."""
        self.names = names or tuple(model.model_fields)
        self.columns: tuple[Any, ...] = tuple(columns_of(model)[name] for name in self.names)

    def read(self, values: Iterable[Any]) -> SimpleNamespace:
        """The values of these columns as one object; the values after them are left alone.

        Of a row that has columns of several tables, an iterator is given to one after the other.
        """
        return SimpleNamespace(**self.as_dict(values))

    def as_dict(self, values: Iterable[Any]) -> dict[str, Any]:
        """The same as a dict."""
        return dict(zip(self.names, values))  # noqa: B905 - more may follow
