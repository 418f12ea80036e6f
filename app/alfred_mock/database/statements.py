"""Statements: built once from the SQLModel tables, compiled once per dialect, run by the driver.

SQLAlchemy's Core is asked for the text of the SQL and for the order of its parameters, and then
stays out of the way. That is sound because every column type of ours has the same value in Python
and in both drivers (`database.columns`).
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.elements import ClauseElement


class Compiled(NamedTuple):
    """A statement in one dialect: its text, and how named values become positional ones."""

    sql: str
    names: tuple[str, ...]
    constants: dict[str, Any]

    def arrange(self, values: dict[str, Any]) -> tuple[Any, ...]:
        """The values in the order in which the text wants them."""
        if self.constants:
            values = {**self.constants, **values}
        return tuple([values[name] for name in self.names])


class Statement:
    """One SQL statement; called with its parameters it becomes something to run.

    A clause that says ON CONFLICT is written as a function of the dialect's own `insert`, since
    SQLAlchemy has one for each dialect.
    """

    def __init__(self, clause: "ClauseElement | Callable[[Any], ClauseElement]") -> None:
        self._clause = clause

    def __call__(self, **values: Any) -> "Call":
        return Call(self, values)

    def many(self, rows: list[dict[str, Any]]) -> "Call":
        """The statement once for each of these rows, returning none; only in a transaction."""
        return Call(self, {}, rows)

    @cached_property
    def sqlite(self) -> Compiled:
        """The statement for the `sqlite3` driver."""
        from sqlalchemy.dialects.sqlite import dialect, insert

        return self._compile(dialect(paramstyle="qmark"), insert)

    @cached_property
    def postgresql(self) -> Compiled:
        """The statement for the `asyncpg` driver."""
        from sqlalchemy.dialects.postgresql import insert
        from sqlalchemy.dialects.postgresql.asyncpg import dialect

        return self._compile(dialect(), insert)  # type: ignore[no-untyped-call]

    def _compile(self, dialect: "Dialect", insert: Any) -> Compiled:
        clause = self._clause(insert) if callable(self._clause) else self._clause
        compiled = cast("SQLCompiler", clause.compile(dialect=dialect))
        names = tuple(compiled.positiontup or ())
        constants = {
            name: bound.effective_value
            for bound, name in compiled.bind_names.items()
            if not bound.required and name in names
        }
        return Compiled(compiled.string, names, constants)


class Notice(Statement):
    """Tells every process a text, once the transaction that it is part of is committed.

    Called with `payload`. The same text is told at least once, however often a transaction says it.
    """

    def __init__(self, channel: str) -> None:
        from sqlalchemy import text

        super().__init__(text(f"SELECT pg_notify('{channel}', :payload)"))


class Tally(Statement):
    """Hands something to this process alone, once the transaction that it is part of is committed.

    Called with `what`, which is given to the handlers of `on_tally` as it is; nothing of it reaches
    the database. So what is counted has happened, and what was undone is not counted.
    """

    def __init__(self) -> None:
        """It has no clause."""


class Call(NamedTuple):
    """A statement together with the values of its parameters."""

    statement: Statement
    values: dict[str, Any]
    rows: Sequence[dict[str, Any]] | None = None
    """If given, the statement runs once with the values of each."""
