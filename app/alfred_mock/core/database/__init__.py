"""Where everything is kept: one interface over SQLite and PostgreSQL.

`Statement` is SQL built from SQLModel tables, `Database` runs it, `database_for` picks the one
that a URL names. Nothing outside this package knows which of the two it is.
"""

from alfred_mock.core.database.interface import (
    ConstraintViolated,
    Database,
    DatabaseUnavailable,
    Row,
    Rows,
    Transaction,
)
from alfred_mock.core.database.opening import database_for, migrate
from alfred_mock.core.database.statements import Statement

__all__ = [
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
