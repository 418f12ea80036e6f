"""Where everything is kept: one interface over SQLite and PostgreSQL.

`Statement` is SQL built from SQLModel tables, `Database` runs it, `database_for` picks the one
that a URL names. Nothing outside this package knows which of the two it is.
"""

from alfred_mock.database.errors import CannotStart, ConstraintViolated, DatabaseUnavailable
from alfred_mock.database.interface import Database, Row, Rows, Transaction
from alfred_mock.database.opening import database_for, migrate
from alfred_mock.database.statements import Statement

__all__ = [
    "CannotStart",
    "ConstraintViolated",
    "Database",
    "DatabaseUnavailable",
    "Row",
    "Rows",
    "Statement",
    "Transaction",
    "database_for",
    "migrate",
]
