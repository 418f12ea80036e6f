"""Rows that belong to companies: how seeds write them, and how exports read them."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import SQLModel, select

from alfred_mock.control.company_filter import of_company
from alfred_mock.core.errors import Refusal
from alfred_mock.database import Rows, Statement, Transaction, patience
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection, row_of
from alfred_mock.database.statements import Call


class Upsert(Statement):
    """Adds a row, or changes the one that has its key in the same company.

    Returns no row where the key belongs to another company.
    """

    def __init__(self, table: type[SQLModel], key: str) -> None:
        columns = columns_of(table)
        # A row stays the same one, and its company's.
        changing = [name for name in table.model_fields if name not in (key, "id", "company_id")]

        def clause(insert: Any) -> Any:
            statement = insert(table)
            same_company = None
            if "company_id" in table.model_fields:
                same_company = columns.company_id == statement.excluded.company_id
            return statement.on_conflict_do_update(
                index_elements=[key],
                set_={name: statement.excluded[name] for name in changing},
                where=same_company,
            ).returning(columns[key])

        super().__init__(clause)
        self._table = table

    def __call__(self, **row: Any) -> Call:
        return Call(self, row_of(self._table, **row))


AT_ONCE = 50
"""So many rows are inserted by one statement where there are as many."""


class InsertMissing:
    """Adds rows that are missing; rows that are there stay as they have become."""

    def __init__(self, table: type[SQLModel], what: str) -> None:
        columns = columns_of(table)
        self._table, self._what = table, what
        self._insert = {count: self._statement(count) for count in (1, AT_ONCE)}
        self._owner = Statement(select(columns.company_id).where(columns.id == bindparam("id")))

    def _statement(self, count: int) -> Statement:
        columns = columns_of(self._table)

        def clause(insert: Any) -> Any:
            rows = [
                {
                    name: bindparam(f"{name}_{number}", type_=columns[name].type)
                    for name in self._table.model_fields
                }
                for number in range(count)
            ]
            return insert(self._table).values(rows).on_conflict_do_nothing().returning(columns.id)

        return Statement(clause)

    def __call__(self, source: str, rows: list[dict[str, Any]]) -> Transaction[set[str]]:
        """Add rows; the ids of those that were missing.

        Raises:
            Refusal: there is one of these ids in another company.
        """
        added: set[str] = set()
        start = 0
        while start < len(rows):
            count = AT_ONCE if len(rows) - start >= AT_ONCE else 1
            portion = rows[start : start + count]
            start += count
            values = {
                f"{name}_{number}": value
                for number, row in enumerate(portion)
                for name, value in row_of(self._table, **row).items()
            }
            new: Rows = yield self._insert[count](**values)
            patience.renew()
            added.update(str(id_) for (id_,) in new)
            if len(new) < count:
                yield from self._check_owners(source, [r for r in portion if r["id"] not in added])
        return added

    def _check_owners(self, source: str, rows: list[dict[str, Any]]) -> Transaction[None]:
        for row in rows:
            if (yield self._owner(id=row["id"])) != [(row["company_id"],)]:
                raise taken(source, f"the {self._what} {row['id']}")


class Taken(Refusal):
    """A seed gives one company what another one has."""


def taken(source: str, what: str) -> Taken:
    """The refusal of a seed that gives one company what another one has."""
    return Taken(f"{source}: {what} belongs to another company in the database already")


class CompanyRows:
    """Reads the rows of a table that belong to a company, or all rows."""

    def __init__(self, table: type[SQLModel], *order: str, very_many: bool = False) -> None:
        """Of `very_many` rows the database makes the order, which so cannot be one of texts.

        They are read one after the other; to sort them here would give no other thread a turn.
        """
        self.table = table
        self._very_many = very_many
        self._selection = Selection(table)
        self._order = order
        company = columns_of(table).company_id
        statement = select(*self._selection.columns).where(of_company(company))
        if very_many:
            statement = statement.order_by(*(columns_of(table)[name] for name in order))
        self._statement = Statement(statement)

    def __call__(self, company_id: str | None) -> Transaction[Iterable[SimpleNamespace]]:
        """The rows, by the columns that the order names; to be gone through once."""
        found: Rows = yield self._statement(company_id=company_id)
        rows = map(self._selection.read, found)
        if self._very_many:
            return rows
        # Sorted here: databases do not agree on the order of texts.
        return sorted(rows, key=lambda row: [getattr(row, name) for name in self._order])
