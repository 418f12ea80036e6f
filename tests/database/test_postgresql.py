"""What only PostgreSQL has: a memory of credentials, and connections that can break."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from alfred_mock.auth.secrets import digest
from alfred_mock.core.database import NAMES
from alfred_mock.core.settings import Settings
from alfred_mock.database import DatabaseUnavailable, Statement
from alfred_mock.database.postgresql import PostgreSQL
from alfred_mock.main import Application, create_app
from tests.support import LOGIN, WITH_KEY, application

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"
PATIENCE_SECONDS = 20
_SLEEP = Statement(text("SELECT pg_sleep(60)"))
_BACKENDS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_LISTENERS = f"{_BACKENDS} AND application_name = '{NAMES.listener}'"


@pytest.fixture
def settings(postgres_url: str) -> Settings:
    return Settings(_env_file=None, database_url=postgres_url, database_pool=2)


@pytest.fixture
async def outside(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else at the same database."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def _until(condition: Callable[[], Awaitable[bool]]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if await condition():
            return True
        await asyncio.sleep(0)  # a request over ASGI may never give the loop a chance to listen
    return False


async def _refused(client: httpx.AsyncClient, headers: dict[str, str]) -> bool:
    return (await client.get(PING, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "revoke",
    [
        "DELETE FROM api_key",
        "UPDATE api_key SET digest = 'changed', key = 'changed'",
        "DELETE FROM company",
        "TRUNCATE company CASCADE",
    ],
)
async def test_a_key_that_anybody_revoked_is_refused(
    client: httpx.AsyncClient, outside: asyncpg.Connection, revoke: str
) -> None:
    assert not await _refused(client, WITH_KEY)
    await outside.execute(revoke)
    assert await _until(lambda: _refused(client, WITH_KEY))


async def test_a_token_that_another_replica_revoked_is_refused(
    app: Application, client: httpx.AsyncClient, settings: Settings
) -> None:
    token = (await client.post("/token", data=LOGIN)).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert not await _refused(client, bearer)
    replica = create_app(settings)
    async with application(replica):
        await replica.services.database.write(Statement(text("DELETE FROM account_user"))())
    assert await _until(lambda: _refused(client, bearer))


async def test_a_renamed_key_shows_its_new_name(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    await client.get(PING, headers=WITH_KEY)
    await outside.execute("UPDATE api_key SET name = 'Renamed'")

    async def renamed() -> bool:
        answer = await client.get(PING, headers=WITH_KEY)
        return bool(answer.json() == {"pong": "Renamed"})

    assert await _until(renamed)


async def test_a_remembered_key_asks_the_database_nothing(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    await client.get(PING, headers=WITH_KEY)
    # Nobody can read the table now; whoever asked for it would wait until this is over.
    async with outside.transaction():
        await outside.execute("LOCK TABLE api_key IN ACCESS EXCLUSIVE MODE")
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert not await _refused(client, WITH_KEY)


async def test_a_wrong_key_is_not_remembered(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    new = {"X-TagshelfAPI-Key": "alfred-mock-demo-key2"}
    assert await _refused(client, new)
    key = new["X-TagshelfAPI-Key"]
    await outside.execute(
        "INSERT INTO api_key (id, company_id, name, key, digest)"
        " SELECT gen_random_uuid(), id, 'new', $1, $2 FROM company",
        key,
        digest(key),
    )
    assert not await _refused(client, new)


async def test_nothing_is_remembered_once_the_announcements_are_lost(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    assert not await _refused(client, WITH_KEY)
    await outside.execute(f"SELECT pg_terminate_backend(pid) {_BACKENDS}")
    await outside.execute("DELETE FROM api_key")
    assert await _until(lambda: _refused(client, WITH_KEY))


async def test_it_listens_again_after_the_connection_was_lost(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    await client.get(PING, headers=WITH_KEY)
    await outside.execute(f"SELECT pg_terminate_backend(pid) {_LISTENERS}")

    async def listens() -> bool:
        return bool(await outside.fetchval(f"SELECT count(*) {_LISTENERS}"))

    assert await _until(listens)


async def test_requests_are_answered_again_after_every_connection_was_cut(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    await client.post("/api/deferred/create", headers=WITH_KEY)
    await outside.execute(f"SELECT pg_terminate_backend(pid) {_BACKENDS}")

    async def created() -> bool:
        answer = await client.post("/api/deferred/create", headers=WITH_KEY)
        assert answer.status_code in (200, 503)
        return answer.status_code == 200

    assert await _until(created)


async def test_more_requests_than_connections_wait_for_their_turn(
    client: httpx.AsyncClient, outside: asyncpg.Connection
) -> None:
    creates = [client.post("/api/deferred/create", headers=WITH_KEY) for _ in range(50)]
    answers = await asyncio.gather(*creates)
    assert [answer.status_code for answer in answers] == [200] * 50
    # Two for requests, and the one that listens.
    assert await outside.fetchval(f"SELECT count(*) {_BACKENDS}") == 3


async def test_a_connection_that_broke_in_use_is_replaced(app: Application) -> None:
    database = app.services.database
    assert isinstance(database, PostgreSQL)

    async def breaks() -> asyncpg.Connection:
        async with database._connection() as connection:
            with pytest.raises(DatabaseUnavailable, match="no answer within"):
                async with database._connection() as second:
                    raise TimeoutError
            assert second.is_closed()
        return connection

    assert not (await breaks()).is_closed()
    await asyncio.gather(*(database.schema() for _ in range(10)))


async def test_a_cancelled_request_does_not_cost_a_connection(app: Application) -> None:
    database = app.services.database
    for _ in range(4):
        sleeping = asyncio.ensure_future(database.fetch(_SLEEP()))
        await database.schema()  # the other connection is free
        sleeping.cancel()
        await asyncio.wait([sleeping])
    await asyncio.gather(*(database.schema() for _ in range(10)))
