"""Behind PgBouncer: in transaction mode with and without a way past it; the rest is refused."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from alfred_mock.core.database import database_for, migrate
from alfred_mock.core.settings import Settings
from alfred_mock.database import CannotStart
from alfred_mock.main import create_app
from benchmarks.pgbouncer import pooled, program
from tests.support import COMPANY, WITH_KEY, application, client_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(program() is None, reason="there is no pgbouncer on this machine"),
]

SIZE = 4

CREATE, PING, FAULTS = "/api/deferred/create", "/api/tagshelf/ping", "/__admin/faults"


@pytest.fixture
def pooled_url(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    with pooled(postgres_url, tmp_path, size=SIZE) as (url, _):
        yield url


@pytest.fixture(params=["listening", "looking"])
async def replicas(
    request: pytest.FixtureRequest, pooled_url: str, postgres_url: str
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two replicas in transaction mode, which hear of changes, or look for them."""
    settings = Settings(
        _env_file=None,
        database_url=pooled_url,
        database_listen_url=postgres_url if request.param == "listening" else None,
        database_pool=3,
    )
    async with (
        application(create_app(settings)) as one,
        application(create_app(settings)) as other,
        client_of(one) as first,
        client_of(other) as second,
    ):
        yield [first, second]


async def test_a_session_lives_on_all_replicas(replicas: list[httpx.AsyncClient]) -> None:
    async def life(first: httpx.AsyncClient, second: httpx.AsyncClient) -> None:
        session = (await first.post(CREATE, headers=WITH_KEY)).json()["session_id"]
        sent = await second.post(
            "/api/file/uploadfile",
            headers=WITH_KEY,
            data={"session_id": session},
            files={"file": ("a.pdf", bytes(600_000))},
        )
        assert sent.status_code == 200
        job = await first.post("/api/job/create", headers=WITH_KEY, json={"session_id": session})
        detail = await second.get(f"/api/job/detail/{job.json()['job_id']}", headers=WITH_KEY)
        assert detail.json()["stage"] == "completed"
        content = await first.get(f"/api/file/download/{sent.json()['file_id']}", headers=WITH_KEY)
        assert content.content == bytes(600_000)

    # More at a time than PgBouncer has connections: each meets those that others have used.
    await asyncio.gather(*(life(*replicas[:: 1 if n % 2 else -1]) for n in range(12)))
    for client in replicas:
        assert (await client.get("/readyz")).status_code == 200


async def test_what_one_replica_is_told_holds_on_the_other(
    replicas: list[httpx.AsyncClient],
) -> None:
    for setter, other in (replicas, replicas[::-1]):
        rule = {"match": {"path": CREATE}, "effect": {"status": 503}}
        await setter.post(FAULTS, json=rule)
        assert (await other.post(CREATE, headers=WITH_KEY)).status_code == 503
        await setter.delete(FAULTS)
        assert (await other.post(CREATE, headers=WITH_KEY)).status_code == 200


async def test_a_key_that_was_removed_is_refused_by_the_other(
    replicas: list[httpx.AsyncClient],
) -> None:
    first, second = replicas
    assert (await second.get(PING, headers=WITH_KEY)).status_code == 200
    removed = await first.post(
        "/__admin/credentials/remove",
        json={"company": COMPANY, "api_key": WITH_KEY["X-TagshelfAPI-Key"]},
    )
    assert removed.status_code == 200
    for _ in range(100):
        answer = await second.get(PING, headers=WITH_KEY)
        if answer.status_code == 401:
            break
        await asyncio.sleep(0.01)
    assert answer.status_code == 401


async def test_it_is_migrated_through_the_pooler(empty_postgres_url: str, tmp_path: Path) -> None:
    with pooled(empty_postgres_url, tmp_path, size=SIZE) as (url, _):
        assert await migrate(url) == await migrate(empty_postgres_url)


async def test_statement_mode_is_refused_in_one_sentence(postgres_url: str, tmp_path: Path) -> None:
    with (
        pooled(postgres_url, tmp_path, mode="statement", size=SIZE) as (url, _),
        pytest.raises(CannotStart, match="put PgBouncer into transaction mode"),
    ):
        await database_for(url).open()


async def test_a_way_to_listen_that_is_pooled_as_well_is_refused(pooled_url: str) -> None:
    with pytest.raises(CannotStart, match="leads through a pooler as well"):
        await database_for(pooled_url, listen_url=pooled_url).open()


async def test_a_way_to_listen_at_another_database_is_refused(
    pooled_url: str, empty_postgres_url: str
) -> None:
    with pytest.raises(CannotStart, match="leads to another database"):
        await database_for(pooled_url, listen_url=empty_postgres_url).open()


async def test_session_mode_with_fewer_connections_than_wanted_is_unavailable_at_times(
    postgres_url: str, tmp_path: Path
) -> None:
    with pooled(postgres_url, tmp_path, mode="session", size=2) as (url, _):
        settings = Settings(_env_file=None, database_url=url, database_pool=8, database_timeout=0.5)
        async with application(create_app(settings)) as app, client_of(app) as client:
            answers = await asyncio.gather(
                *(client.post(CREATE, headers=WITH_KEY) for _ in range(8))
            )
            assert {answer.status_code for answer in answers} <= {200, 503}
            assert (await client.post(CREATE, headers=WITH_KEY)).status_code == 200
