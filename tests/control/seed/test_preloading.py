"""What is large of a seed is loaded in portions, and yet all of it or nothing is there."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, select

from alfred_mock.alfred.tables import File, Job
from alfred_mock.auth.tables import Company
from alfred_mock.control import portions, unfinished
from alfred_mock.control.seed import preloading
from alfred_mock.core.settings import Settings
from alfred_mock.database import Statement
from alfred_mock.main import Application
from tests.control.test_portions import FILES, ID, KEY, RESET, SEED, large
from tests.control.transactions import BrokenOff, transactions_of
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

_LIST = "/__admin/companies"


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    """SQLite: elsewhere no writer waits for another, and a seed is one transaction."""
    return Settings(_env_file=None, database_url=sqlite_url)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)
    monkeypatch.setattr(preloading, "MOST_AT_ONCE", 5)


async def _put(client: httpx.AsyncClient, **parts: Any) -> httpx.Response:
    return await client.put(SEED, json={"companies": [large(**parts)]})


async def _count(app: Application, model: Any) -> int:
    rows = await app.services.database.fetch(Statement(select(func.count()).select_from(model))())
    return int(rows[0][0])


async def test_a_new_company_is_loaded_in_portions(
    app: Application, client: httpx.AsyncClient
) -> None:
    with transactions_of(app) as seen:
        assert (await _put(client)).status_code == 200
    assert seen.count >= FILES / portions.PORTION
    job = (await client.get("/api/job/all", headers=KEY)).json()["result"][0]
    names = [file["file_name"] for file in job["files"]]
    assert names == [f"{number}.pdf" for number in range(FILES)]
    assert job["file_sources_count"] == FILES
    shown = [each for each in (await client.get(_LIST)).json()["companies"] if each["id"] == ID]
    assert shown[0]["expires"] is None
    assert shown[0]["created"] is not None


async def test_nobody_sees_it_before_all_of_it_is_there(
    app: Application, client: httpx.AsyncClient
) -> None:
    with transactions_of(app, most=4), pytest.raises(BrokenOff):
        await _put(client)
    assert await _count(app, File) > 0
    assert (await client.get("/api/job/all", headers=KEY)).status_code == 401
    assert ID not in (await client.get(_LIST)).text
    assert ID not in (await client.get(SEED)).text
    assert (await client.get(SEED, params={"company": ID})).status_code == 404


async def test_what_was_broken_off_is_removed_after_a_while(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await _count(app, Company)
    monkeypatch.setattr(unfinished, "LEASE_MS", 0)
    with transactions_of(app, most=4), pytest.raises(BrokenOff):
        await _put(client)
    await client.get(_LIST)
    assert (await _count(app, File), await _count(app, Company)) == (0, before)


async def test_what_was_broken_off_is_loaded_anew(
    app: Application, client: httpx.AsyncClient
) -> None:
    with transactions_of(app, most=4), pytest.raises(BrokenOff):
        await _put(client)
    assert (await _put(client, files=8)).status_code == 200
    assert await _count(app, File) == 8


async def test_a_refusal_leaves_nothing(app: Application, client: httpx.AsyncClient) -> None:
    before = await _count(app, Company), await _count(app, Job), await _count(app, File)
    taken = [{"key": WITH_KEY["X-TagshelfAPI-Key"]}]
    answer = await _put(client, api_keys=taken)
    assert answer.status_code == 400
    assert "belongs to another company" in answer.json()["message"]
    assert before == (
        await _count(app, Company),
        await _count(app, Job),
        await _count(app, File),
    )


async def test_others_write_meanwhile(client: httpx.AsyncClient) -> None:
    loading = asyncio.create_task(_put(client))
    written = 0
    while not loading.done():
        await client.post("/api/deferred/create", headers=WITH_KEY)
        written += not loading.done()
    assert (await loading).status_code == 200
    assert written > 1


async def test_a_reset_of_everything_while_it_is_loaded_is_noticed(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = preloading.check_complete

    def lost_one(company: Any) -> Any:
        yield Statement(delete(File))()
        yield from check(company)

    monkeypatch.setattr("alfred_mock.control.seed.loading.check_complete", lost_one)
    assert (await _put(client)).status_code == 503
    assert (await _count(app, File), ID in (await client.get(_LIST)).text) == (0, False)


async def test_into_a_company_that_is_there_it_is_one_transaction(
    app: Application, client: httpx.AsyncClient
) -> None:
    await _put(client, files=0)
    with transactions_of(app) as seen:
        assert (await _put(client)).status_code == 200
    assert seen.count <= 3  # with the look whether it is a new one, and the announcement
    assert await _count(app, File) == FILES


async def test_a_reset_brings_all_of_it_back(app: Application, client: httpx.AsyncClient) -> None:
    await _put(client)
    before = (await client.get(SEED, params={"company": ID})).json()
    with transactions_of(app) as seen:
        assert (await client.post(RESET, json={"company": ID})).status_code == 200
    assert seen.count >= 2 * FILES / portions.PORTION
    assert (await client.get(SEED, params={"company": ID})).json() == before


async def test_content_in_a_directory_goes_with_what_was_broken_off(
    tmp_path: Path, sqlite_url: str
) -> None:
    from alfred_mock.main import create_app
    from tests.support import application, client_of

    kept = tmp_path / "content"
    app = create_app(Settings(_env_file=None, database_url=sqlite_url, storage=kept.as_uri()))
    async with application(app), client_of(app) as client:
        taken = [{"key": WITH_KEY["X-TagshelfAPI-Key"]}]
        assert (await _put(client, api_keys=taken)).status_code == 400
        assert not [path for path in kept.rglob("*") if path.is_file()]
