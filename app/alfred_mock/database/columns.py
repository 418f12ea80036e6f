"""The column types of the tables.

They are chosen so that a value needs no conversion on its way. An id is lower-case text (a native
`uuid` in PostgreSQL), an instant is milliseconds since the epoch, everything else is text, a
number, a boolean or bytes. (SQLite gives booleans back as 0 and 1; wire schemas mend that.)
"""

from typing import Any

from sqlalchemy import UUID, BigInteger, Float, LargeBinary, String
from sqlmodel import Field, SQLModel

ID = String(36).with_variant(UUID(as_uuid=False), "postgresql")


def id_field(**options: Any) -> Any:
    """A column that holds a UUID as lower-case text with dashes."""
    return Field(sa_type=ID, **options)


def instant_field(**options: Any) -> Any:
    """A column that holds an instant: milliseconds since the epoch, UTC."""
    return Field(sa_type=BigInteger, **options)


def size_field(**options: Any) -> Any:
    """A column that holds a number of bytes or of milliseconds."""
    return Field(sa_type=BigInteger, **options)


def score_field(**options: Any) -> Any:
    """A column that holds a classification score, from 0 to 1."""
    return Field(sa_type=Float(53), **options)


def bytes_field(**options: Any) -> Any:
    """A column that holds bytes."""
    return Field(sa_type=LargeBinary, **options)


def columns_of(model: type[SQLModel]) -> Any:
    """The columns of a table, for statements: type checkers take a model's fields for values."""
    return model.__table__.c  # type: ignore[attr-defined]
