"""The base of the tables: SQLModel's columns, without the mapping of objects.

SQLAlchemy would prepare each class for objects that a session of the database follows. Rows are
plain here and statements name columns, so nothing needs that preparation, and it takes longer
than everything else about the tables. Tables validate no rows either, so the validator of
pydantic is never built.
"""

from typing import Any, ClassVar

from sqlalchemy import Table
from sqlmodel import SQLModel
from sqlmodel.main import get_column_from_field


class TableModel(SQLModel):
    """A table; its columns are attributes of the class, and statements take the class itself."""

    __table__: ClassVar[Table]
    __table_args__: ClassVar[tuple[Any, ...]] = ()
    model_config = {"defer_build": True}

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Make the table as soon as the fields are known."""
        columns = {name: get_column_from_field(field) for name, field in cls.model_fields.items()}
        for name, column in columns.items():
            column.name = column.key = name
            setattr(cls, name, column)
        name = cls.__dict__.get("__tablename__", cls.__name__.lower())
        arguments = list(cls.__table_args__)
        options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
        cls.__table__ = Table(name, cls.metadata, *columns.values(), *arguments, **options)

    @classmethod
    def __clause_element__(cls) -> Table:
        """Stand for the table in a statement; SQLAlchemy calls this."""
        return cls.__table__
