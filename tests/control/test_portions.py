"""What owns very much goes in portions, and others get their turn in between."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from alfred_mock.alfred.tables import File, Job
from alfred_mock.auth.tables import Company
from alfred_mock.control import portions, unfinished
from alfred_mock.database import Statement
from alfred_mock.main import Application
from tests.control.seed.documents import DATE
from tests.control.transactions import BrokenOff, transactions_of
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

ID = "386e2ed0-3626-4faa-a745-8ebf3488fb00"
KEY = {"X-TagshelfAPI-Key": "the-large-ones-key"}
SEED, COMPANIES, RESET = "/__admin/seed", "/__admin/companies", "/__admin/reset"
FILES = 12


def _id(kind: int, number: int) -> str:
    return f"{kind:08}-0000-4000-8000-{number:012}"


def large(files: int = FILES, **parts: Any) -> dict[str, Any]:
    """A company with a job that has so many files."""
    job = {"id": _id(1, 0), "creation_date": DATE, "user_name": "somebody"}
    made = [
        {
            "id": _id(2, number),
            "job_id": job["id"],
            "file_name": f"{number}.pdf",
            "creation_date": DATE,
            "tag": "FACTURA",
            "values": {"rnc": "1"},
        }
        for number in range(files)
    ]
    keys = [{"key": KEY["X-TagshelfAPI-Key"]}]
    return {"id": ID, "name": "Large", "api_keys": keys, "jobs": [job], "files": made, **parts}


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)


@pytest.fixture
async def company(client: httpx.AsyncClient) -> str:
    answer = await client.put(SEED, json={"companies": [large()]})
    assert answer.status_code == 200, answer.text
    return ID


async def _rows(app: Application, model: Any) -> int:
    rows = await app.services.database.fetch(Statement(select(func.count()).select_from(model))())
    return int(rows[0][0])


async def test_a_company_goes_in_portions(
    app: Application, client: httpx.AsyncClient, company: str
) -> None:
    with transactions_of(app) as seen:
        assert (await client.delete(f"{COMPANIES}/{company}")).status_code == 200
    assert seen.count >= FILES / portions.PORTION
    assert await _rows(app, File) == await _rows(app, Job) == 0
    listed = (await client.get(COMPANIES)).json()["companies"]
    assert company not in [each["id"] for each in listed]


async def test_a_small_company_goes_at_once(app: Application, client: httpx.AsyncClient) -> None:
    await client.put(SEED, json={"companies": [large(2)]})
    with transactions_of(app) as seen:
        await client.delete(f"{COMPANIES}/{ID}")
    assert seen.count <= 2  # the journal and the announcement


async def test_others_write_between_the_portions(client: httpx.AsyncClient, company: str) -> None:
    removing = asyncio.create_task(client.delete(f"{COMPANIES}/{company}"))
    written = 0
    while not removing.done():
        answer = await client.post("/api/deferred/create", headers=WITH_KEY)
        assert answer.status_code == 200
        written += not removing.done()
    assert (await removing).status_code == 200
    assert written > 1


async def test_a_company_is_out_of_reach_before_it_is_gone(
    app: Application, client: httpx.AsyncClient, company: str
) -> None:
    with transactions_of(app, most=3), pytest.raises(BrokenOff):
        await client.delete(f"{COMPANIES}/{company}")
    assert await _rows(app, File) > 0
    assert (await client.get("/api/job/all", headers=KEY)).status_code == 401
    assert (await client.delete(f"{COMPANIES}/{company}")).status_code == 404
    listed = (await client.get(COMPANIES)).json()["companies"]
    exported = (await client.get(SEED)).json()["companies"]
    assert company not in [each["id"] for each in [*listed, *exported]]


async def test_a_removal_that_was_broken_off_is_finished_by_a_later_call(
    app: Application,
    client: httpx.AsyncClient,
    company: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unfinished, "LEASE_MS", 0)
    with transactions_of(app, most=3), pytest.raises(BrokenOff):
        await client.delete(f"{COMPANIES}/{company}")
    before = await _rows(app, Company)
    await client.get(COMPANIES)
    assert await _rows(app, File) == 0
    assert await _rows(app, Company) == before - 1


async def test_its_seed_loaded_again_finds_no_remains(
    app: Application, client: httpx.AsyncClient, company: str
) -> None:
    with transactions_of(app, most=3), pytest.raises(BrokenOff):
        await client.delete(f"{COMPANIES}/{company}")
    other = large(1)
    assert (await client.put(SEED, json={"companies": [other]})).status_code == 200
    assert await _rows(app, File) == 1
    listed = (await client.get(COMPANIES)).json()["companies"]
    assert [each["expires"] for each in listed if each["id"] == company] == [None]


async def test_a_reset_goes_in_portions(
    app: Application, client: httpx.AsyncClient, company: str
) -> None:
    await client.put(SEED, params={"company": company}, json={})
    with transactions_of(app) as seen:
        assert (await client.post(RESET, json={"company": company})).status_code == 200
    assert seen.count >= FILES / portions.PORTION
    assert await _rows(app, File) == 0


async def test_a_portion_has_no_more_content_than_is_quickly_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portions, "PORTION", 10)
    monkeypatch.setattr(portions, "PORTION_BYTES", 100)
    files = [(f"{number}", "company", size) for number, size in enumerate([60, 40, 1, 500])]
    assert portions.fitting(files) == files[:2]
    assert portions.fitting(files[3:]) == files[3:]
