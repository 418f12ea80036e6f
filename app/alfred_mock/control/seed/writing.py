"""Statements that put rows of a seed where they may be already."""

from typing import Any

from sqlalchemy import bindparam
from sqlmodel import SQLModel, select

from alfred_mock.auth.tables import Company
from alfred_mock.core.errors import Refusal
from alfred_mock.database import Statement, Transaction


def put(model: type[SQLModel], key: str, *updated: str) -> Statement:
    """Insert a row; where its key exists in the same company, set these columns instead.

    Returns no row where the key belongs to another company.
    """

    def clause(insert: Any) -> Any:
        statement = insert(model)
        table = model.__table__  # type: ignore[attr-defined]
        same_owner = (
            None if model is Company else table.c.company_id == statement.excluded.company_id
        )
        return statement.on_conflict_do_update(
            index_elements=[key],
            set_={column: statement.excluded[column] for column in updated},
            where=same_owner,
        ).returning(table.c[key])

    return Statement(clause)


class Adding:
    """Adds rows of a table that are missing and leaves the others as they have become."""

    def __init__(self, model: type[SQLModel], what: str) -> None:
        table = model.__table__  # type: ignore[attr-defined]
        self._what = what
        self._insert = Statement(
            lambda insert: insert(model).on_conflict_do_nothing().returning(table.c.id)
        )
        self._owner = Statement(select(table.c.company_id).where(table.c.id == bindparam("id")))

    def __call__(self, source: str, /, **row: Any) -> Transaction[bool]:
        """Add a row; whether it was missing.

        Raises:
            Refusal: there is one with its id in another company.
        """
        if (yield self._insert(**row)):
            return True
        if (yield self._owner(id=row["id"])) != [(row["company_id"],)]:
            raise taken(source, f"the {self._what} {row['id']}")
        return False


def taken(source: str, what: str) -> Refusal:
    """The refusal of a seed that gives one company what another one has."""
    return Refusal(f"{source}: {what} belongs to another company in the database already")
