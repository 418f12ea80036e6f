"""One session, job or file is removed, and what is left fits together."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.control import portions
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.alfred.calls import rows_of
from tests.control.admin import SEED
from tests.control.transactions import BrokenOff, transactions_of
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

SESSIONS, JOBS, FILES = (f"/__admin/{name}" for name in ("deferred-sessions", "jobs", "files"))


async def _session(client: httpx.AsyncClient, *names: str) -> tuple[str, list[str]]:
    """The id of a session and those of its files."""
    session_id = (await client.post("/api/deferred/create", headers=WITH_KEY)).json()["session_id"]
    file_ids = [
        (
            await client.post(
                "/api/file/uploadfile",
                headers=WITH_KEY,
                data={"session_id": session_id},
                files={"file": (name, name.encode(), "text/plain")},
            )
        ).json()["file_id"]
        for name in names
    ]
    return session_id, file_ids


async def _job(client: httpx.AsyncClient, session_id: str) -> str:
    body = {"session_id": session_id}
    answer = await client.post("/api/job/create", headers=WITH_KEY, json=body)
    return str(answer.json()["job_id"])


async def _detail(client: httpx.AsyncClient, kind: str, id_: str) -> httpx.Response:
    return await client.get(f"/api/{kind}/detail/{id_}", headers=WITH_KEY)


async def _fits(client: httpx.AsyncClient) -> dict[str, Any]:
    """The company's part of an export, which a new server takes."""
    exported = (await client.get(SEED, params={"company": COMPANY})).json()
    fresh = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:"))
    async with application(fresh), client_of(fresh) as other:
        assert (await other.put(SEED, json=exported)).status_code == 200
    part: dict[str, Any] = exported["companies"][0]
    return part


async def test_an_open_session_goes_with_the_files_that_wait_in_it(
    client: httpx.AsyncClient,
) -> None:
    session_id, (file_id,) = await _session(client, "a.txt")
    other_id, (other_file,) = await _session(client, "b.txt")
    answer = await client.delete(f"{SESSIONS}/{session_id}")
    assert (answer.status_code, answer.json()) == (200, {})
    assert (await _detail(client, "deferred", session_id)).status_code == 404
    assert (await _detail(client, "file", file_id)).status_code == 404
    assert (await _detail(client, "deferred", other_id)).status_code == 200
    assert (await _detail(client, "file", other_file)).status_code == 200
    assert (await client.delete(f"{SESSIONS}/{session_id}")).status_code == 404
    await _fits(client)


async def test_a_closed_session_leaves_the_job_and_its_files(client: httpx.AsyncClient) -> None:
    session_id, (file_id,) = await _session(client, "a.txt")
    job_id = await _job(client, session_id)
    await client.delete(f"{SESSIONS}/{session_id}")
    job = (await _detail(client, "job", job_id)).json()
    assert job["deferred_session_id"] in (None, "")
    assert (await _detail(client, "file", file_id)).status_code == 200
    part = await _fits(client)
    assert "deferred_sessions" not in part
    assert len(part["files"]) == 1


async def test_a_job_goes_with_its_files_and_its_session_stays_closed(
    client: httpx.AsyncClient,
) -> None:
    session_id, (file_id,) = await _session(client, "a.txt")
    job_id = await _job(client, session_id)
    await client.delete(f"{JOBS}/{job_id}")
    assert (await _detail(client, "job", job_id)).status_code == 404
    assert (await _detail(client, "file", file_id)).status_code == 404
    session = (await _detail(client, "deferred", session_id)).json()
    assert (session["status"], session["job_id"]) == ("closed", job_id)
    await _fits(client)


async def test_a_job_has_one_file_less_for_a_file_that_goes(client: httpx.AsyncClient) -> None:
    session_id, (file_id, other_id) = await _session(client, "a.txt", "b.txt")
    job_id = await _job(client, session_id)
    await client.delete(f"{FILES}/{file_id}")
    assert (await _detail(client, "file", file_id)).status_code == 404
    download = await client.get(f"/api/file/download/{file_id}", headers=WITH_KEY)
    assert download.status_code == 404
    assert (await _detail(client, "file", other_id)).status_code == 200
    job = (await _detail(client, "job", job_id)).json()
    assert job["file_sources_count"] == 1
    assert (await _detail(client, "deferred", session_id)).status_code == 200
    await _fits(client)


@pytest.mark.parametrize("path", [SESSIONS, JOBS, FILES])
async def test_what_is_not_there_cannot_be_removed(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.delete(f"{path}/{UNKNOWN_ID}")
    assert answer.status_code == 404
    assert UNKNOWN_ID in answer.json()["message"]
    assert (await client.delete(f"{path}/xyz")).status_code == 400


class TestContent:
    """Content outside the database goes, too."""

    @pytest.fixture
    def settings(self, database_url: str, tmp_path: Path) -> Settings:
        storage = f"file://{tmp_path}/content"
        return Settings(_env_file=None, database_url=database_url, storage=storage)

    async def test_it_is_discarded(
        self, app: Application, client: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        folder = tmp_path / "content" / COMPANY
        session_id, file_ids = await _session(client, "a.txt", "b.txt", "c.txt")
        assert {path.name for path in folder.iterdir()} == set(file_ids)
        await client.delete(f"{FILES}/{file_ids[0]}")
        assert {path.name for path in folder.iterdir()} == set(file_ids[1:])
        await client.delete(f"{SESSIONS}/{session_id}")
        assert not list(folder.iterdir())


async def test_content_in_the_database_goes_with_the_file(
    app: Application, client: httpx.AsyncClient
) -> None:
    session_id, _ = await _session(client, "a.txt", "b.txt")
    job_id = await _job(client, session_id)
    await client.delete(f"{JOBS}/{job_id}")
    for table in ("file", "file_content", "file_value"):
        assert await rows_of(app.services.database, table) == 0


async def test_a_job_with_many_files_goes_in_portions(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)
    session_id, file_ids = await _session(client, *(f"{number}.txt" for number in range(7)))
    job_id = await _job(client, session_id)
    with transactions_of(app, most=2), pytest.raises(BrokenOff):
        await client.delete(f"{JOBS}/{job_id}")
    job = (await _detail(client, "job", job_id)).json()
    assert (len(job["files"]), job["file_sources_count"]) == (3, 3)
    assert (await client.delete(f"{JOBS}/{job_id}")).status_code == 200
    for file_id in file_ids:
        assert (await _detail(client, "file", file_id)).status_code == 404
    await _fits(client)


async def test_a_session_with_many_files_goes_in_portions(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)
    names = [f"{number}.txt" for number in range(7)]
    session_id, _ = await _session(client, *names)
    with transactions_of(app) as seen:
        assert (await client.delete(f"{SESSIONS}/{session_id}")).status_code == 200
    assert seen.count >= 4
    closed_id, _ = await _session(client, *names)
    job_id = await _job(client, closed_id)
    with transactions_of(app) as seen:
        assert (await client.delete(f"{SESSIONS}/{closed_id}")).status_code == 200
    assert seen.count >= 4
    assert len((await _detail(client, "job", job_id)).json()["files"]) == 7
    await _fits(client)
