"""Tables without a mapping of objects: columns, options and statements are SQLModel's."""

from sqlalchemy import Index, MetaData, delete, insert
from sqlmodel import Field, select

from alfred_mock.database.columns import columns_of, id_field
from alfred_mock.database.table_model import TableModel


class Thing(TableModel):
    """A table of its own metadata, so that no migration misses it."""

    metadata = MetaData()
    __tablename__ = "a_thing"
    __table_args__ = (Index("ix_two", "name", "size"), {"sqlite_autoincrement": True})

    id: str = id_field(primary_key=True)
    name: str = Field(index=True)
    size: int | None = None


def test_columns_come_from_the_fields() -> None:
    columns = columns_of(Thing)
    assert columns.keys() == ["id", "name", "size"]
    assert [column.nullable for column in columns] == [False, False, True]
    assert columns.id.primary_key


def test_name_indexes_and_options_of_the_table() -> None:
    table = Thing.__table__
    assert table.name == "a_thing"
    assert {index.name for index in table.indexes} == {"ix_two", "ix_a_thing_name"}
    assert table.dialect_options["sqlite"]["autoincrement"] is True


def test_the_class_stands_for_its_table_in_statements() -> None:
    found = " ".join(str(select(Thing.name).where(Thing.size == 1)).split())
    assert found == "SELECT a_thing.name FROM a_thing WHERE a_thing.size = :size_1"
    assert str(delete(Thing)) == "DELETE FROM a_thing"
    assert str(insert(Thing)).startswith("INSERT INTO a_thing (id, name, size)")
