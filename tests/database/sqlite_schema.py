"""Records what the migrations make of a new SQLite database; `make schema` runs it."""

from sqlalchemy import create_engine

from alfred_mock.core.database import MIGRATIONS

RECORD = MIGRATIONS.folder / "sqlite.sql"


def what_the_migrations_make() -> str:
    """The statements that lead to the same schema at once."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        MIGRATIONS.upgrade(connection)
        # Alembic makes the indexes of a table in no particular order.
        made = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
            " ORDER BY type = 'index', iif(type = 'index', name, ''), rowid"
        )
        ((revision, serves_from),) = connection.exec_driver_sql("SELECT * FROM alembic_version")
        statements = [sql for (sql,) in made]
    engine.dispose()
    statements.append(f"INSERT INTO alembic_version VALUES ('{revision}', '{serves_from}')")  # noqa: S608
    return "".join(f"{statement};\n" for statement in statements)


if __name__ == "__main__":
    RECORD.write_text(what_the_migrations_make())
