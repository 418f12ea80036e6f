"""One history of the schema, up and down, on both databases."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from alfred_mock.core.database import MIGRATIONS, database_for, migrate
from alfred_mock.database import CannotStart, Statement
from alfred_mock.tables import metadata
from tests.database.sqlite_schema import RECORD, what_the_migrations_make

pytestmark = pytest.mark.anyio

T = TypeVar("T")
Runner = Callable[[Callable[[Connection], Any]], Awaitable[Any]]


def test_the_newest_file_is_the_head_that_alembic_sees() -> None:
    assert ScriptDirectory.from_config(MIGRATIONS.config()).get_heads() == [MIGRATIONS.head]


def test_each_revision_says_whom_its_schema_serves() -> None:
    for each in ScriptDirectory.from_config(MIGRATIONS.config()).walk_revisions():
        if each.revision >= "0012":  # before, nobody could have read it
            serves_from = getattr(each.module, "serves_from", None)
            assert serves_from is not None, f"{each.revision} does not say which version it serves"
            assert re.fullmatch(r"\d{4}", serves_from)
            assert "0012" <= serves_from <= each.revision


@pytest.fixture(params=["sqlite_url", "empty_postgres_url"])
def new_database_url(request: pytest.FixtureRequest) -> str:
    """Both databases without a schema."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
async def run(new_database_url: str) -> AsyncIterator[Runner]:
    """Runs a function on a synchronous connection to an empty database."""
    if new_database_url.startswith("sqlite"):
        engine = create_engine(new_database_url)
        with engine.connect() as connection:

            async def on_connection(function: Callable[[Connection], T]) -> T:
                return function(connection)

            yield on_connection
        engine.dispose()
        return
    asynchronous = create_async_engine(new_database_url.replace("://", "+asyncpg://", 1))
    async with asynchronous.connect() as opened:
        yield opened.run_sync
    await asynchronous.dispose()


async def test_the_models_and_the_migrations_agree(run: Runner) -> None:
    def differences(connection: Connection) -> list[object]:
        MIGRATIONS.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, metadata))

    assert await run(differences) == []


async def test_the_history_runs_down_to_nothing_and_up_again(run: Runner) -> None:
    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    def serves_from(connection: Connection) -> str:
        return str(connection.execute(text("SELECT serves_from FROM alembic_version")).scalar())

    await run(MIGRATIONS.upgrade)
    assert "0012" <= await run(serves_from) <= MIGRATIONS.head
    assert await run(tables) == {*metadata.tables, "alembic_version"}
    await run(lambda connection: command.downgrade(MIGRATIONS.config(connection), "base"))
    assert await run(tables) == {"alembic_version"}
    await run(MIGRATIONS.upgrade)
    assert await run(tables) == {*metadata.tables, "alembic_version"}


def test_the_recorded_schema_is_what_the_migrations_make() -> None:
    assert RECORD.read_text() == what_the_migrations_make(), "run `make schema`"


async def test_a_new_sqlite_database_is_made_from_the_record(sqlite_url: str) -> None:
    database = database_for(sqlite_url)
    await database.open()
    await database.upgrade()
    assert (await database.schema()).revision == MIGRATIONS.head
    made = await database.fetch(Statement(text("SELECT name FROM sqlite_master"))())
    await database.close()
    assert {name for (name,) in made} >= {*metadata.tables, "alembic_version"}


async def test_an_older_sqlite_database_is_migrated(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        command.upgrade(MIGRATIONS.config(connection), "0001")
    engine.dispose()
    database = database_for(sqlite_url)
    await database.open()
    assert (await database.schema()).revision == "0001"
    await database.upgrade()
    assert (await database.schema()).revision == MIGRATIONS.head
    await database.close()


async def test_replicas_that_migrate_at_once_do_not_collide(new_database_url: str) -> None:
    replicas = [database_for(new_database_url) for _ in range(4)]
    for replica in replicas:
        await replica.open()
    await asyncio.gather(*(asyncio.to_thread(asyncio.run, migrate(new_database_url)) for _ in "ab"))
    await asyncio.gather(*(replica.upgrade() for replica in replicas))
    assert {(await replica.schema()).revision for replica in replicas} == {MIGRATIONS.head}
    for replica in replicas:
        await replica.close()


async def test_a_schema_from_the_future_is_not_touched(database_url: str) -> None:
    database = database_for(database_url)
    await database.open()
    await database.upgrade()
    await database.write(
        Statement(text("UPDATE alembic_version SET version_num = '9999', serves_from = '9998'"))()
    )
    with pytest.raises(CannotStart, match="9999"):
        await database.upgrade()
    await database.close()
