"""The column types that our tables use.

They are chosen so that a value needs no conversion on its way: an id is lower-case text (a native
`uuid` in PostgreSQL), an instant is milliseconds since the epoch, everything else is text.
"""

from typing import Any

from sqlalchemy import UUID, BigInteger, String
from sqlmodel import Field

ID = String(36).with_variant(UUID(as_uuid=False), "postgresql")


def id_field(**options: Any) -> Any:
    """A column that holds a UUID as lower-case text with dashes."""
    return Field(sa_type=ID, **options)


def instant_field(**options: Any) -> Any:
    """A column that holds an instant: milliseconds since the epoch, UTC."""
    return Field(sa_type=BigInteger, **options)
