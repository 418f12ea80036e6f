"""A SQLite file that somebody deletes, replaces, fills up or damages: nothing is acknowledged."""

import os
import shutil
import sqlite3
from pathlib import Path

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.database.sqlite import SQLite
from alfred_mock.database.sqlite_file import DatabaseFile
from alfred_mock.main import Application, create_app
from tests.support import WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

CREATE = "/api/deferred/create"


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


@pytest.fixture
def path(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


async def _create(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post(CREATE, headers=WITH_KEY)


async def _not_ready(client: httpx.AsyncClient) -> str:
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    return str(answer.json()["message"])


async def test_nothing_is_acknowledged_in_a_file_that_was_deleted(
    client: httpx.AsyncClient, path: Path
) -> None:
    session = (await _create(client)).json()["session_id"]
    os.unlink(path)
    answer = await _create(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "is not there any more" in await _not_ready(client)
    detail = await client.get(f"/api/deferred/detail/{session}", headers=WITH_KEY)
    assert detail.status_code == 503


async def test_nothing_is_acknowledged_in_a_file_that_was_replaced(
    client: httpx.AsyncClient, path: Path
) -> None:
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    copy.rename(path)
    assert (await _create(client)).status_code == 503
    assert "was replaced by another one" in await _not_ready(client)


async def test_a_new_server_on_the_path_has_nothing_of_the_old_one(
    client: httpx.AsyncClient, path: Path, settings: Settings
) -> None:
    old = [(await _create(client)).json()["session_id"] for _ in range(3)]
    os.unlink(path)
    async with application(create_app(settings)) as app, client_of(app) as other:
        assert (await _create(client)).status_code == 503
        new = (await _create(other)).json()["session_id"]
        for session, status in ((new, 200), *((session, 404) for session in old)):
            found = await other.get(f"/api/deferred/detail/{session}", headers=WITH_KEY)
            assert found.status_code == status
    # The old one is stopped after the new one, and takes nothing of it away.
    async with application(create_app(settings)) as app, client_of(app) as again:
        found = await again.get(f"/api/deferred/detail/{new}", headers=WITH_KEY)
        assert found.status_code == 200


def _writer_of(app: Application) -> sqlite3.Connection:
    database = app.services.database
    assert isinstance(database, SQLite)
    return database._writer


async def test_a_full_disk_is_unavailability_until_there_is_room(
    app: Application, client: httpx.AsyncClient
) -> None:
    writer = _writer_of(app)
    session = (await _create(client)).json()["session_id"]
    ((pages,),) = writer.execute("PRAGMA page_count")
    writer.execute(f"PRAGMA max_page_count = {pages}")
    statuses = [(await _create(client)).status_code for _ in range(200)]
    assert statuses[-1] == 503
    assert set(statuses) == {200, 503}
    found = await client.get(f"/api/deferred/detail/{session}", headers=WITH_KEY)
    assert found.status_code == 200
    writer.execute("PRAGMA max_page_count = 1000000")
    assert (await _create(client)).status_code == 200


async def test_a_file_that_cannot_be_written_is_not_ready(
    app: Application, client: httpx.AsyncClient
) -> None:
    _writer_of(app).execute("PRAGMA query_only = on")
    assert (await _create(client)).status_code == 503
    assert "readonly" in await _not_ready(client)
    _writer_of(app).execute("PRAGMA query_only = off")
    # Nobody has to send a request that fails: asking whether it is ready is enough.
    assert (await client.get("/readyz")).status_code == 200


async def test_a_damaged_file_is_not_ready(
    client: httpx.AsyncClient, path: Path, app: Application
) -> None:
    session = (await _create(client)).json()["session_id"]
    _writer_of(app).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database = app.services.database
    assert isinstance(database, SQLite)
    sql = "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'deferred_session'"
    pages = [page for (page,) in database._reader.execute(sql)]
    ((size,),) = database._reader.execute("PRAGMA page_size")
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)
    database._reader.execute("PRAGMA shrink_memory")
    found = await client.get(f"/api/deferred/detail/{session}", headers=WITH_KEY)
    assert found.status_code == 503
    assert "malformed" in await _not_ready(client)


def test_what_another_database_has_left_beside_a_new_file_goes(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    for beside in ("-wal", "-shm"):
        Path(f"{path}{beside}").write_bytes(b"of another")
    with DatabaseFile(str(path)).opening():
        assert [found.name for found in tmp_path.iterdir()] == ["x.db"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_beside_a_file_that_is_used_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"used")
    Path(f"{path}-wal").write_bytes(b"of it")
    with DatabaseFile(str(path)).opening():
        assert Path(f"{path}-wal").read_bytes() == b"of it"
