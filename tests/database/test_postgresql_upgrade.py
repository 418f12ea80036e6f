"""A migration of PostgreSQL waits for nobody at the cost of those who are served."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from alfred_mock.core.database import MIGRATIONS, database_for, migrate
from alfred_mock.core.settings import Settings
from alfred_mock.database import CannotStart, Schema, Statement, postgresql_upgrade
from alfred_mock.main import create_app
from tests.database.newer_versions import ADDS, NewerVersion
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

HEAD = MIGRATIONS.head
_MANY = 20
PATIENCE_SECONDS = 60
_MIGRATION_WAITS = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'deferred_session'::regclass"
    " AND mode = 'AccessExclusiveLock' AND NOT granted)"
)


@pytest.fixture
def settings(postgres_url: str) -> Settings:
    return Settings(_env_file=None, database_url=postgres_url)


@pytest.fixture
def newer(tmp_path: Path) -> NewerVersion:
    version = NewerVersion(tmp_path)
    version.add(ADDS, serves_from=HEAD)
    return version


@pytest.fixture
async def outside(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else at the same database, such as `pg_dump`."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def _schema(url: str) -> Schema:
    database = database_for(url)
    await database.open()
    try:
        return await database.schema()
    finally:
        await database.close()


async def test_requests_pass_a_migration_that_waits_for_a_long_transaction(
    client: httpx.AsyncClient,
    outside: asyncpg.Connection,
    postgres_url: str,
    newer: NewerVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql_upgrade, "PAUSE_SECONDS", 0.05)
    async with outside.transaction():
        await outside.execute("LOCK TABLE deferred_session IN ACCESS SHARE MODE")
        migrating = asyncio.ensure_future(newer.migrate(postgres_url))
        while not await outside.fetchval(_MIGRATION_WAITS):
            assert not migrating.done()
        # Each of them stands behind the migration, whose lock excludes theirs.
        made = (client.post("/api/deferred/create", headers=WITH_KEY) for _ in range(_MANY))
        assert {answer.status_code for answer in await asyncio.gather(*made)} == {200}
        assert not migrating.done()
    await migrating
    assert await _schema(postgres_url) == Schema(newer.migrations.head, HEAD)


async def test_a_migration_whose_locks_nobody_gives_up_is_refused_and_changes_nothing(
    outside: asyncpg.Connection,
    postgres_url: str,
    newer: NewerVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql_upgrade, "LOCK_MILLISECONDS", 20)
    monkeypatch.setattr(postgresql_upgrade, "PATIENCE_SECONDS", 0.0)
    async with outside.transaction():
        await outside.execute("LOCK TABLE file IN ACCESS SHARE MODE")
        reason = "other transactions have held what it needs for 0 s"
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(CannotStart, match=reason):
                await newer.migrate(postgres_url)
    assert await _schema(postgres_url) == Schema(HEAD)
    columns = "SELECT count(*) FROM pg_attribute WHERE attname = 'colour'"
    assert await outside.fetchval(columns) == 0


async def test_each_revision_is_committed_before_the_next_begins(
    postgres_url: str, newer: NewerVersion
) -> None:
    done = newer.migrations.head
    newer.add('op.execute("SELECT 1 / 0")', serves_from=HEAD)
    with pytest.raises(CannotStart, match="cannot migrate the database: division by zero"):
        await newer.migrate(postgres_url)
    assert await _schema(postgres_url) == Schema(done, HEAD)


async def test_replicas_that_migrate_an_older_schema_at_once_do_not_collide(
    empty_postgres_url: str,
) -> None:
    engine = create_async_engine(empty_postgres_url.replace("://", "+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(
            lambda synchronous: command.upgrade(MIGRATIONS.config(synchronous), "0009")
        )
    await engine.dispose()
    await asyncio.gather(
        *(asyncio.to_thread(asyncio.run, migrate(empty_postgres_url)) for _ in "abc")
    )
    assert await _schema(empty_postgres_url) == Schema(HEAD)


async def test_an_index_that_an_operator_has_made_beforehand_is_taken(
    postgres_url: str, outside: asyncpg.Connection, tmp_path: Path
) -> None:
    await outside.execute("CREATE INDEX CONCURRENTLY ix_job_large ON job (creation_date)")
    version = NewerVersion(tmp_path)
    revision = version.add(
        'op.create_index("ix_job_large", "job", ["creation_date"], if_not_exists=True)',
        serves_from=HEAD,
    )
    await version.migrate(postgres_url)
    assert await _schema(postgres_url) == Schema(revision, HEAD)


def test_no_statement_of_ours_depends_on_which_columns_there_are() -> None:
    create_app(Settings(_env_file=None))
    ours = [each for each in gc.get_objects() if type(each) is Statement]
    all_columns = re.compile(r"(?<!count\()\*(?! )")
    found = [sql for each in ours if all_columns.search(sql := each.postgresql.sql)]
    assert len(ours) > 100
    # In a transaction one that has to be prepared again fails.
    assert found == []


async def test_a_prepared_statement_whose_columns_have_changed_is_prepared_again(
    postgres_url: str, newer: NewerVersion
) -> None:
    database = database_for(postgres_url, pool_size=1)
    await database.open()
    all_columns = Statement(text("SELECT * FROM job"))
    await database.fetch(all_columns())
    await newer.migrate(postgres_url)
    assert await database.fetch(all_columns()) == []
    await database.close()
