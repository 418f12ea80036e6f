"""How statements are run on a connection to SQLite, alone or several rows at a time."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from alfred_mock.database.errors import ConstraintViolated, DatabaseUnavailable
from alfred_mock.database.interface import Rows, Transaction
from alfred_mock.database.rows import Insert
from alfred_mock.database.statements import Call

MOST_VALUES = 999
"""In one statement: the least that a SQLite of any age allows."""

Work = Call | Transaction[Any]


def run(connection: sqlite3.Connection, call: Call) -> Rows:
    """Run one statement, with the errors that a `Database` raises."""
    compiled = call.statement.sqlite
    try:
        if call.rows is not None:
            connection.executemany(compiled.sql, map(compiled.arrange, call.rows))
            return []
        # Fetching all of it also ends the read transaction, which would hold up checkpoints.
        return connection.execute(compiled.sql, compiled.arrange(call.values)).fetchall()
    except sqlite3.IntegrityError as error:
        raise ConstraintViolated(str(error)) from error
    except sqlite3.Error as error:
        raise DatabaseUnavailable(str(error)) from error


def _insert_of(work: Work) -> Insert | None:
    if isinstance(work, Call) and isinstance(work.statement, Insert) and work.rows is None:
        return work.statement
    return None


def insert_together(connection: sqlite3.Connection, works: Sequence[Work]) -> bool:
    """Insert rows of one table by one statement, and commit; False, and nothing is done, where not.

    The thread waits for the interpreter's lock after each statement, and here once for all of them.
    Within a transaction it would cost more than it saves: SQLite would write a journal for the
    statement. `docs/performance.md` has the measurements.

    Only one by one can it be said which row violates a constraint, or has a value that is none.
    """
    insert = _insert_of(works[0])
    if insert is None or any(_insert_of(work) is not insert for work in works):
        return False
    compiled = insert.sqlite
    if len(works) * len(compiled.names) > MOST_VALUES:
        return False
    row = f", ({', '.join('?' * len(compiled.names))})"
    values: list[Any] = []
    for work in works:
        values += compiled.arrange(work.values)  # type: ignore[union-attr]
    try:
        connection.execute(compiled.sql + row * (len(works) - 1), values)
    except sqlite3.OperationalError:  # it is held by somebody else, or the disk is full
        raise
    except Exception:
        return False
    return True
