"""Back to the seed, with requests in flight."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.support import COMPANY, LOGIN, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

RESET = "/__admin/reset"
EXAMPLE = Path(__file__).parents[2] / "examples" / "documented.yaml"
SEEDED = "0f767925-b464-4ffa-b621-1a0aeacad257"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, seed=EXAMPLE)


async def _create(client: httpx.AsyncClient, headers: dict[str, str] = WITH_KEY) -> str:
    answer = await client.post("/api/deferred/create", headers=headers)
    session_id: str = answer.json()["session_id"]
    return session_id


async def _upload(
    client: httpx.AsyncClient, session_id: str, headers: dict[str, str] = WITH_KEY
) -> httpx.Response:
    files = {"file": ("a.pdf", b"content", "application/pdf")}
    form = {"session_id": session_id}
    return await client.post("/api/file/uploadfile", headers=headers, data=form, files=files)


async def _status(client: httpx.AsyncClient, path: str, headers: dict[str, str] = WITH_KEY) -> int:
    return (await client.get(path, headers=headers)).status_code


async def test_what_was_made_is_gone_and_what_was_seeded_is_back(client: httpx.AsyncClient) -> None:
    made = await _create(client)
    file_id = (await _upload(client, SEEDED)).json()["file_id"]
    await client.post("/api/job/create", headers=WITH_KEY, json={"session_id": SEEDED})
    before = (await client.get(f"/api/deferred/detail/{SEEDED}", headers=WITH_KEY)).json()
    assert before["status"] == "closed"
    assert (await client.post(RESET)).json() == {}
    assert await _status(client, f"/api/deferred/detail/{made}") == 404
    assert await _status(client, f"/api/file/download/{file_id}") == 404
    after = (await client.get(f"/api/deferred/detail/{SEEDED}", headers=WITH_KEY)).json()
    assert (after["status"], after["job_id"]) == ("open", None)


async def test_jobs_files_tags_and_names_are_as_at_the_start(client: httpx.AsyncClient) -> None:
    async def world() -> list[Any]:
        paths = ("/api/job/all", "/api/tag/all", "/api/company/cloudinfo")
        return [(await client.get(path, headers=WITH_KEY)).json() for path in paths]

    before = await world()
    for _ in range(2):
        session_id = await _create(client)
        uploaded = (await _upload(client, session_id)).json()["file_id"]
        detail = await client.get(f"/api/file/detail/{uploaded}", headers=WITH_KEY)
        assert detail.json()["file_name"] == "a.pdf"  # not a-1.pdf: the name is free again
        await client.post("/api/job/create", headers=WITH_KEY, json={"session_id": session_id})
        assert await world() != before
        await client.post(RESET, json={"company": COMPANY})
        assert await world() == before


async def test_credentials_and_tokens_stay_valid(client: httpx.AsyncClient) -> None:
    token = (await client.post("/token", data=LOGIN)).json()["access_token"]
    await client.post(RESET)
    assert await _status(client, "/api/tagshelf/ping") == 200
    assert await _status(client, "/api/tagshelf/ping", {"Authorization": f"Bearer {token}"}) == 200


async def test_another_company_keeps_everything(client: httpx.AsyncClient) -> None:
    other = (await client.post("/__admin/companies")).json()
    headers = {"X-TagshelfAPI-Key": other["api_key"]}
    session_id = await _create(client, headers)
    await client.post(RESET, json={"company": COMPANY})
    assert await _status(client, f"/api/deferred/detail/{session_id}", headers) == 200
    await client.post(RESET)
    assert await _status(client, f"/api/deferred/detail/{session_id}", headers) == 404


async def test_a_company_goes_back_to_the_seed_it_was_made_with(client: httpx.AsyncClient) -> None:
    seed = {
        "tags": [{"name": "CONTRATO"}],
        "deferred_sessions": [
            {"id": UNKNOWN_ID, "creation_date": "2022-01-01T00:00:00", "user_name": "Somebody"}
        ],
    }
    made = (await client.post("/__admin/companies", json={"seed": seed})).json()
    headers = {"X-TagshelfAPI-Key": made["api_key"]}
    await _upload(client, UNKNOWN_ID, headers)
    await client.post("/api/job/create", headers=headers, json={"session_id": UNKNOWN_ID})
    await client.post(RESET, json={"company": made["id"]})
    session = await client.get(f"/api/deferred/detail/{UNKNOWN_ID}", headers=headers)
    assert session.json()["status"] == "open"
    assert [tag["name"] for tag in (await client.get("/api/tag/all", headers=headers)).json()] == [
        "CONTRATO"
    ]


async def test_only_what_is_named_is_reset(client: httpx.AsyncClient) -> None:
    session_id = await _create(client)
    await client.put("/__admin/clock", json={"company": COMPANY, "offset_s": 3600})
    fault = {"company": COMPANY, "match": {"path": "/x"}, "effect": {"status": 503}}
    await client.post("/__admin/faults", json=fault)

    async def left() -> tuple[bool, bool, bool]:
        clock = (await client.get("/__admin/clock", params={"company": COMPANY})).json()
        faults = (await client.get("/__admin/faults")).json()["faults"]
        status = await _status(client, f"/api/deferred/detail/{session_id}")
        return status == 200, clock["offset_s"] != 0, bool(faults)

    assert await left() == (True, True, True)
    await client.post(RESET, json={"only": ["clock"]})
    assert await left() == (True, False, True)
    await client.post(RESET, json={"only": ["faults"]})
    assert await left() == (True, False, False)
    await client.post(RESET, json={"only": ["state"]})
    assert await left() == (False, False, False)


async def test_the_journal_is_emptied_with_the_rest_or_alone(client: httpx.AsyncClient) -> None:
    async def count() -> int:
        return int((await client.get("/__admin/requests/count")).json()["count"])

    await _create(client)
    assert await count() == 1
    await client.post(RESET, json={"only": ["state", "faults", "clock"]})
    assert await count() == 1
    await client.post(RESET, json={"only": ["journal"]})
    assert await count() == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"only": []}, 400),
        ({"only": ["everything"]}, 400),
        ({"company": UNKNOWN_ID}, 404),
        ({"companies": []}, 400),
    ],
)
async def test_a_body_that_cannot_be_is_refused(
    client: httpx.AsyncClient, body: Any, status: int
) -> None:
    answer = await client.post(RESET, json=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message"}


async def test_under_load_another_company_loses_nothing(
    app: Application, client: httpx.AsyncClient
) -> None:
    """Resets of one company while two work: whole answers for both, and nothing lost for one."""
    other = (await client.post("/__admin/companies")).json()
    theirs = {"X-TagshelfAPI-Key": other["api_key"]}
    statuses: set[int] = set()
    acknowledged: list[str] = []

    async def work(headers: dict[str, str], kept: list[str]) -> None:
        for _ in range(15):
            session_id = await _create(client, headers)
            uploaded = await _upload(client, session_id, headers)
            statuses.add(uploaded.status_code)
            job = await client.post(
                "/api/job/create", headers=headers, json={"session_id": session_id}
            )
            statuses.add(job.status_code)
            if job.status_code == 200:
                kept.append(job.json()["job_id"])

    async def resets() -> None:
        for _ in range(15):
            answer = await client.post(RESET, json={"company": COMPANY})
            assert answer.status_code == 200

    await asyncio.gather(work(WITH_KEY, []), work(theirs, acknowledged), resets())
    # A session that was reset away is not found; one whose file was is empty, and so on: no 5xx.
    assert statuses <= {200, 400, 404}
    assert len(acknowledged) == 15
    for job_id in acknowledged:
        assert await _status(client, f"/api/job/detail/{job_id}", theirs) == 200


async def test_a_thing_that_has_gone_to_another_company_cannot_come_back(
    client: httpx.AsyncClient,
) -> None:
    await client.delete(f"/__admin/deferred-sessions/{SEEDED}")
    session = {"id": SEEDED, "creation_date": "2022-11-17T00:00:00.000", "user_name": "A"}
    made = await client.post("/__admin/companies", json={"seed": {"deferred_sessions": [session]}})
    assert made.status_code == 200
    for body in ({}, {"company": COMPANY}):
        answer = await client.post(RESET, json=body)
        assert (answer.status_code, answer.json()["error"]) == (409, "Conflict"), body
        assert SEEDED in answer.json()["message"]
