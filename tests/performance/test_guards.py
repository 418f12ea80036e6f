"""What keeps the request path quick, checked without a clock: counts are the same everywhere."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import JournalMode, Settings
from alfred_mock.database.sqlite import SQLite
from alfred_mock.main import Application
from tests.support import UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

CREATE, DETAIL = "/api/deferred/create", f"/api/deferred/detail/{UNKNOWN_ID}"


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url, journal=JournalMode.OFF)


@pytest.fixture
def statements(app: Application) -> Iterator[list[str]]:
    """The first word of every statement that SQLite is given."""
    database = app.services.database
    assert isinstance(database, SQLite)
    seen: list[str] = []
    for connection in (database._reader, database._writer):
        connection.set_trace_callback(lambda sql: seen.append(sql.split()[0]))
    yield seen
    for connection in (database._reader, database._writer):
        connection.set_trace_callback(None)


async def _settled() -> None:
    """Until what was put off to the end of the turn has happened."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_detail_is_two_reads_in_one_transaction(
    client: httpx.AsyncClient, statements: list[str]
) -> None:
    await client.get(DETAIL, headers=WITH_KEY)
    await _settled()
    assert statements == ["BEGIN", "SELECT", "SELECT", "COMMIT"]


async def test_a_create_is_one_read_and_one_insert(
    client: httpx.AsyncClient, statements: list[str]
) -> None:
    await client.post(CREATE, headers=WITH_KEY)
    await _settled()
    assert statements == ["BEGIN", "SELECT", "COMMIT", "INSERT"]


async def test_creates_that_come_together_share_a_statement(
    client: httpx.AsyncClient, statements: list[str]
) -> None:
    await asyncio.gather(*(client.post(CREATE, headers=WITH_KEY) for _ in range(64)))
    await _settled()
    assert statements.count("INSERT") == 1
    assert statements.count("COMMIT") == statements.count("BEGIN")  # those of the reads


async def test_reads_that_come_together_share_a_transaction(
    client: httpx.AsyncClient, statements: list[str]
) -> None:
    await asyncio.gather(*(client.get(DETAIL, headers=WITH_KEY) for _ in range(64)))
    await _settled()
    # Each reads its session; the same key is looked up once in a transaction.
    assert 64 < statements.count("SELECT") == 64 + statements.count("BEGIN")
    assert statements.count("BEGIN") < 32


async def test_a_detail_takes_no_thread(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a thread was asked for")

    monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", refuse)
    monkeypatch.setattr("anyio.to_thread.run_sync", refuse)
    assert (await client.get(DETAIL, headers=WITH_KEY)).status_code == 404


async def test_both_endpoints_take_the_fast_lane(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the framework was asked")

    monkeypatch.setattr(app.router, "app", refuse)
    assert (await client.post(CREATE, headers=WITH_KEY)).status_code == 200
    assert (await client.get(DETAIL, headers=WITH_KEY)).status_code == 404


_START = """
import asyncio, sys
from alfred_mock.core.settings import JournalMode, Settings
from alfred_mock.main import create_app
async def start():
    app = create_app(Settings(_env_file=None, database_url=sys.argv[1]))
    async with app.router.lifespan_context(app):
        print(*sys.modules)
asyncio.run(start())
"""


_FROZEN = """
import gc, sys
from alfred_mock.core.settings import JournalMode, Settings
from alfred_mock.serve import _worker_app
_worker_app(Settings(_env_file=None, database_url="sqlite:///:memory:"))
print(gc.get_freeze_count() > 10 * len(gc.get_objects()))
"""


def test_what_was_imported_is_left_out_of_garbage_collection() -> None:
    done = subprocess.run([sys.executable, "-c", _FROZEN], capture_output=True, text=True)
    assert done.stdout == "True\n"


def _modules_after_start(url: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _START, url], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_a_plain_start_imports_nothing_that_it_does_not_need(sqlite_url: str) -> None:
    unneeded = {"alembic", "asyncpg", "yaml", "sqlalchemy.dialects.postgresql"}
    unneeded |= {"prometheus_client", "opentelemetry.sdk"}
    unneeded |= {"alfred_mock.core.openapi.pages.serving"}
    for _ in ("a new database", "an existing one"):
        assert not _modules_after_start(sqlite_url) & unneeded
