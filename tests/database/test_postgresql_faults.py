"""A PostgreSQL that hangs, refuses or has turned read-only: 503 soon, and well again by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from alfred_mock.core.settings import Settings
from alfred_mock.database import (
    DatabaseUnavailable,
    Statement,
    Transaction,
    notify,
    pool,
    postgresql_check,
)
from alfred_mock.main import Application, create_app
from benchmarks.relay import UnreliableRelay, relaying
from tests.support import WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

CREATE, PING = "/api/deferred/create", "/api/tagshelf/ping"
TIMEOUT = 0.5
SOON_SECONDS = 8
"""Longer than the timeout on a busy machine, and shorter than any other time limit."""
PATIENCE_SECONDS = 20
_ONE = Statement(text("SELECT 1"))


@pytest.fixture
def settings(postgres_url: str) -> Settings:
    return Settings(
        _env_file=None, database_url=postgres_url, database_pool=2, database_timeout=TIMEOUT
    )


@pytest.fixture
async def outside(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who runs the database."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def _create(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post(CREATE, headers=WITH_KEY)


async def _create_job(client: httpx.AsyncClient, session_id: str) -> httpx.Response:
    body = {"session_id": session_id}
    return await client.post("/api/job/create", headers=WITH_KEY, json=body)


async def _until(
    status: int, ask: Callable[[], Awaitable[httpx.Response]], text: str = ""
) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = await ask()
        if answer.status_code == status and text in answer.text:
            return answer
        await asyncio.sleep(0.01)
    raise AssertionError(f"{answer.status_code}: {answer.text}")


def _is_documented(answer: httpx.Response) -> bool:
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["X-RateLimit-Limit"]
    return answer.status_code == 503 and answer.json() == {
        "error": "Service Unavailable",
        "message": "The database cannot be reached; try again later.",
    }


async def _run(app: Application, sql: str) -> None:
    """Run a statement on one of the application's own connections."""
    await app.services.database.write(Statement(text(sql))())


async def test_a_connection_that_has_turned_read_only_is_not_used_again(
    client: httpx.AsyncClient, app: Application
) -> None:
    await _run(app, "SET default_transaction_read_only = on")
    answers = [await _create(client) for _ in range(2)]
    assert _is_documented(answers[0])
    assert answers[1].status_code == 200


@pytest.fixture
async def a_role(postgres_url: str, outside: asyncpg.Connection) -> AsyncIterator[str]:
    """A role that is no superuser, and may do what the application does."""
    name = f"role_{time.time_ns()}"
    await outside.execute(
        f"CREATE ROLE {name} LOGIN PASSWORD 'x';"
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name};"
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}"
    )
    yield name
    await outside.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


@asynccontextmanager
async def _with_role(settings: Settings, role: str) -> AsyncIterator[httpx.AsyncClient]:
    parts = urlsplit(settings.database_url)
    place = parts.netloc.rpartition("@")[2]
    url = urlunsplit(parts._replace(netloc=f"{role}:x@{place}"))
    own = settings.model_copy(update={"database_url": url})
    async with application(create_app(own)) as app, client_of(app) as client:
        yield client


async def test_a_privilege_that_is_revoked_is_unavailability(
    settings: Settings, a_role: str, outside: asyncpg.Connection
) -> None:
    async with _with_role(settings, a_role) as client:
        assert (await _create(client)).status_code == 200
        await outside.execute(f"REVOKE INSERT ON deferred_session FROM {a_role}")
        assert _is_documented(await _create(client))
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["message"]) == (
            503,
            "Not ready: the database lets nothing be written to deferred_session.",
        )
        await outside.execute(f"GRANT INSERT ON deferred_session TO {a_role}")
        assert (await _create(client)).status_code == 200
        assert (await client.get("/readyz")).status_code == 200


async def test_a_log_in_that_is_revoked_is_unavailability(
    settings: Settings, a_role: str, outside: asyncpg.Connection
) -> None:
    async with _with_role(settings, a_role) as client:
        assert (await _create(client)).status_code == 200
        await outside.execute(f"ALTER ROLE {a_role} NOLOGIN")
        await outside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", a_role
        )
        assert _is_documented(await _until(503, lambda: _create(client)))
        assert (await client.get("/readyz")).status_code == 503
        await outside.execute(f"ALTER ROLE {a_role} LOGIN")
        await _until(200, lambda: _create(client))
        await _until(200, lambda: client.get("/readyz"))


async def test_a_database_that_only_reads_is_not_ready(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    name = await outside.fetchval("SELECT current_database()")
    await outside.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["message"] == "Not ready: the database is read-only."
    finally:
        await outside.execute("SET default_transaction_read_only = off")
        await outside.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await outside.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await _until(200, lambda: client.get("/readyz"))


async def test_a_lock_that_is_not_given_in_time_is_unavailability(
    app: Application, client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    await _run(app, "SET lock_timeout = '10ms'")
    async with outside.transaction():
        await outside.execute("LOCK TABLE deferred_session")
        assert _is_documented(await _create(client))
    assert (await _create(client)).status_code == 200


async def test_a_table_that_is_locked_keeps_requests_no_longer_than_the_timeout(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    async with outside.transaction():
        await outside.execute("LOCK TABLE deferred_session")
        begun = time.monotonic()
        # More than there are connections: those that wait for one have no more time.
        answers = await asyncio.gather(*(_create(client) for _ in range(8)))
        assert all(map(_is_documented, answers))
        assert time.monotonic() - begun < SOON_SECONDS
    assert (await _create(client)).status_code == 200


async def test_whether_it_is_ready_is_answered_while_all_connections_wait(
    settings: Settings, outside: asyncpg.Connection
) -> None:
    patient = settings.model_copy(update={"database_timeout": 60.0})
    async with application(create_app(patient)) as app, client_of(app) as client:
        async with outside.transaction():
            await outside.execute("LOCK TABLE deferred_session")
            waiting = [asyncio.ensure_future(_create(client)) for _ in range(8)]
            assert (await client.get("/readyz")).status_code == 200
            assert not any(task.done() for task in waiting)
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}


async def test_what_one_too_many_asks_for_is_refused_at_once(
    client: httpx.AsyncClient, outside: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MOST_WAITING", 1)
    async with outside.transaction():
        await outside.execute("LOCK TABLE deferred_session")
        waiting = [asyncio.ensure_future(_create(client)) for _ in range(4)]
        done, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert all(_is_documented(task.result()) for task in done)
        assert others
        await asyncio.wait(waiting)


Hanging = tuple[UnreliableRelay, Application, httpx.AsyncClient]


@pytest.fixture
async def hanging(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[UnreliableRelay, Application, httpx.AsyncClient]]:
    """An application whose connections to the database can hang."""
    monkeypatch.setattr(notify, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(notify, "HEARTBEAT_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(notify, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(postgresql_check, "CHECK_SECONDS", 0.2)
    with relaying(UnreliableRelay(settings.database_url)) as relay:
        app = create_app(settings.model_copy(update={"database_url": relay.url}))
        async with application(app), client_of(app) as client:
            yield relay, app, client


async def test_a_server_that_hangs_is_told_of_soon(hanging: Hanging) -> None:
    relay, _, client = hanging
    session = (await _create(client)).json()["session_id"]
    relay.hang()
    begun = time.monotonic()
    # Those are single statements, and transactions.
    answers = await asyncio.gather(
        *(_create(client) for _ in range(3)), *(_create_job(client, session) for _ in range(3))
    )
    assert time.monotonic() - begun < SOON_SECONDS
    assert all(map(_is_documented, answers))
    await _until(503, lambda: client.get("/readyz"), "Not ready: ")
    relay.mend()
    await _until(200, lambda: _create(client))
    await _until(200, lambda: client.get("/readyz"))


async def test_a_transaction_whose_server_begins_to_hang_is_given_up(hanging: Hanging) -> None:
    relay, app, _ = hanging

    def hangs_in_the_middle() -> Transaction[None]:
        yield _ONE()
        relay.hang()
        yield _ONE()

    with pytest.raises(DatabaseUnavailable):
        await asyncio.wait_for(app.services.database.transact(hangs_in_the_middle()), SOON_SECONDS)


async def test_what_a_replica_that_has_vanished_holds_is_free_soon(
    hanging: Hanging, outside: asyncpg.Connection
) -> None:
    relay, app, _ = hanging

    def vanishes_in_the_middle() -> Transaction[None]:
        yield Statement(text("UPDATE company SET name = name"))()
        relay.hang()
        yield _ONE()

    with pytest.raises(DatabaseUnavailable):
        await app.services.database.transact(vanishes_in_the_middle())
    await outside.execute("UPDATE company SET name = name", timeout=PATIENCE_SECONDS)


async def test_what_is_given_up_does_not_go_on_waiting_in_postgresql(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    async with outside.transaction():
        await outside.execute("LOCK TABLE deferred_session")
        for _ in range(6):
            assert _is_documented(await _create(client))
        waiting = await outside.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    assert waiting <= 2


async def test_a_silent_death_of_the_connection_that_listens_is_noticed(
    hanging: Hanging, outside: asyncpg.Connection
) -> None:
    relay, _, client = hanging
    assert (await client.get(PING, headers=WITH_KEY)).status_code == 200
    relay.hang()
    await _until(503, lambda: client.get("/readyz"), "what other processes announce is not heard")
    # Nobody has told this process that the key is gone.
    await outside.execute("DELETE FROM api_key")
    relay.mend()
    await _until(401, lambda: client.get(PING, headers=WITH_KEY))
    await _until(200, lambda: client.get("/readyz"))


async def test_a_server_that_hangs_does_not_keep_the_application_from_stopping(
    settings: Settings,
) -> None:
    with relaying(UnreliableRelay(settings.database_url)) as relay:
        app = create_app(settings.model_copy(update={"database_url": relay.url}))
        async with application(app), client_of(app) as client:
            await _create(client)
            await client.get("/readyz")
            relay.hang()
            begun = time.monotonic()
        assert time.monotonic() - begun < SOON_SECONDS


async def test_a_long_download_has_its_time_for_each_piece(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = (await _create(client)).json()["session_id"]
    content = bytes(2_000_000)
    sent = await client.post(
        "/api/file/uploadfile",
        headers=WITH_KEY,
        data={"session_id": session},
        files={"file": ("a.bin", content)},
    )
    fetch = app.services.database.fetch

    async def slow(call: Any) -> Any:
        # Together they take longer than one request may wait.
        await fetch(Statement(text(f"SELECT pg_sleep({TIMEOUT / 5})"))())
        return await fetch(call)

    monkeypatch.setattr(app.services.database, "fetch", slow)
    answer = await client.get(f"/api/file/download/{sent.json()['file_id']}", headers=WITH_KEY)
    assert answer.content == content
