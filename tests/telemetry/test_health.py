"""`/livez` says that the process answers, `/readyz` that requests can be served."""

import httpx
import pytest
from sqlalchemy import text

from alfred_mock.core.database import database_for
from alfred_mock.core.settings import Settings
from alfred_mock.database import Statement
from alfred_mock.main import Application

pytestmark = pytest.mark.anyio

_TURN_BACK = Statement(text("UPDATE alembic_version SET version_num = '0000'"))
_TURN_ON = Statement(text("UPDATE alembic_version SET version_num = '9999', serves_from = '9999'"))


async def test_a_started_server_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


@pytest.mark.parametrize(
    ("change", "reason"), [(_TURN_BACK, "behind head"), (_TURN_ON, "newer than this version")]
)
async def test_a_schema_that_is_not_at_head_is_not_ready(
    app: Application, client: httpx.AsyncClient, change: Statement, reason: str
) -> None:
    await app.services.database.write(change())
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["error"] == "Service Unavailable"
    assert reason in answer.json()["message"]


async def test_a_database_that_went_away_is_not_ready_but_alive(
    app: Application, client: httpx.AsyncClient
) -> None:
    await app.services.database.close()
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["error"] == "Service Unavailable"
    assert answer.json()["message"].startswith("Not ready: ")
    assert (await client.get("/livez")).status_code == 200
    await app.services.database.open()


async def test_a_start_refuses_a_postgres_schema_that_nobody_migrated(
    empty_postgres_url: str,
) -> None:
    database = database_for(empty_postgres_url)
    await database.open()
    assert (await database.schema()).revision is None
    await database.close()
    assert not Settings(_env_file=None, database_url=empty_postgres_url).migrate
