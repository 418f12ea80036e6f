"""What events cost a company that nobody listens to, checked without a clock."""

import httpx
import pytest

from alfred_mock.core.settings import JournalMode, Settings
from alfred_mock.database.sqlite import SQLite
from alfred_mock.main import Application
from tests.alfred.calls import JOB, JOB_CREATE, new_session, upload
from tests.events.listeners import listen
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

MANUAL = {"alfred_mock_progression": "manual"}


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url, journal=JournalMode.OFF)


async def _statements(app: Application, client: httpx.AsyncClient) -> list[str]:
    """What SQLite is given while a manual job is created and read."""
    session_id = await new_session(client)
    await upload(client, session_id)
    database, seen = app.services.database, list[str]()
    assert isinstance(database, SQLite)
    connections = (database._reader, database._writer)
    for connection in connections:
        connection.set_trace_callback(seen.append)
    body = {"session_id": session_id, "metadata": MANUAL}
    job_id = (await client.post(JOB_CREATE, json=body, headers=WITH_KEY)).json()["job_id"]
    for _ in range(2):
        await client.get(f"{JOB}/{job_id}", headers=WITH_KEY)
    for connection in connections:
        connection.set_trace_callback(None)
    return [sql for sql in seen if "event" in sql]


async def test_a_job_that_nobody_listens_to_reads_one_column(
    app: Application, client: httpx.AsyncClient
) -> None:
    (read,) = await _statements(app, client)
    assert read.startswith("SELECT company_profile.")
    assert "event_stream.is_listened_to" in read


async def test_a_job_that_somebody_listens_to_reads_more(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    assert len(await _statements(app, client)) > 3
