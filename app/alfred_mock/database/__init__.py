"""Where everything is kept: one interface over SQLite and PostgreSQL.

`Statement` is SQL built from SQLModel tables, `Database` runs it, `opening.database_for` picks the
one that a URL names. Nothing outside this package knows which of the two it is. Nothing inside
knows the application, which hands in its `Migrations` and its `Names` (`core.database`).

Importing this package does not import SQLAlchemy, so commands that use no database start quickly.
"""

from alfred_mock.database.errors import CannotStart, ConstraintViolated, DatabaseUnavailable
from alfred_mock.database.interface import Database, Names, Row, Rows, Schema, Transaction, Usage
from alfred_mock.database.statements import Call, Statement

__all__ = [
    "Call",
    "CannotStart",
    "ConstraintViolated",
    "Database",
    "DatabaseUnavailable",
    "Names",
    "Row",
    "Rows",
    "Schema",
    "Statement",
    "Transaction",
    "Usage",
]
