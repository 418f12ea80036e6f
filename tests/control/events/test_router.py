"""`/__admin/events`: what was told, waiting for it, and telling more."""

import asyncio
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.events.catalogue import KINDS
from alfred_mock.main import Application
from tests.alfred.calls import NOON, job_of_files, new_session, upload
from tests.control import admin
from tests.support import API_KEY, COMPANY, UNKNOWN_ID, WITH_KEY, client_of

pytestmark = pytest.mark.anyio

EVENTS = "/__admin/events"
WAIT = f"{EVENTS}/wait"
OF_A_JOB = 18
TIMED = {"alfred_mock_progression": "timed"}


async def _events(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(EVENTS, params={"company": COMPANY, **query})
    assert answer.status_code == 200, answer.text
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


async def _first_file(client: httpx.AsyncClient, job_id: str) -> str:
    answer = await client.get(f"/api/job/detail/{job_id}", headers=WITH_KEY)
    return str(answer.json()["files"][0]["id"])


async def test_who_asks_is_told_of_jobs_before_and_after(client: httpx.AsyncClient) -> None:
    before = await job_of_files(client)
    assert len(await _events(client)) == OF_A_JOB
    after = await job_of_files(client)
    events = await _events(client)
    assert [event["number"] for event in events] == list(range(1, 2 * OF_A_JOB + 1))
    assert [event["job"] for event in events] == [before] * OF_A_JOB + [after] * OF_A_JOB
    finished = events[-1]
    assert finished["company"] == COMPANY
    assert finished["fields"]["company_name"] == "Demo Company"


async def test_all_companies_are_asked_for_at_once(client: httpx.AsyncClient) -> None:
    await job_of_files(client)
    answer = await client.get(EVENTS)
    assert answer.json()["total"] == OF_A_JOB


async def test_filters_say_which_events(client: httpx.AsyncClient) -> None:
    first, second = [await job_of_files(client) for _ in range(2)]
    file_id = await _first_file(client, second)
    assert [event["job"] for event in await _events(client, name="job_finished")] == [first, second]
    assert len(await _events(client, job=first.upper())) == OF_A_JOB
    of_file = await _events(client, file=file_id)
    assert of_file[0]["name"] == "file_add_to_job"
    assert {event["file"] for event in of_file} == {file_id}
    assert len(await _events(client, since=OF_A_JOB)) == OF_A_JOB
    assert await _events(client, since="2999-01-01") == []
    assert [event["number"] for event in await _events(client, limit=1)] == [2 * OF_A_JOB]


async def test_who_waits_is_answered_when_it_is_told(client: httpx.AsyncClient) -> None:
    query: dict[str, str | int] = {"company": API_KEY, "name": "job_finished", "timeout": 30}
    waiting = asyncio.create_task(client.get(WAIT, params=query))
    job_id = await job_of_files(client, metadata=TIMED)
    answer = await waiting
    assert answer.status_code == 200
    assert [event["job"] for event in answer.json()["events"]] == [job_id]


async def test_who_waits_in_vain_sees_what_came_instead(client: httpx.AsyncClient) -> None:
    await job_of_files(client)
    query: dict[str, str | int] = {"company": COMPANY, "name": "job_failed", "timeout": 0}
    answer = await client.get(WAIT, params=query)
    assert answer.status_code == 408
    assert answer.json()["message"] == "0 of 1 events came within 0 s."
    assert answer.json()["total"] == 0
    assert answer.json()["events"][-1]["name"] == "job_finished"


async def test_what_a_moved_clock_has_made_due_is_there_at_once(
    app: Application, client: httpx.AsyncClient
) -> None:
    await admin.stop_clock(app, NOON)
    await job_of_files(client, metadata=TIMED)
    await _events(client)
    moved = {"company": COMPANY, "advance_s": 60}
    assert (await client.put("/__admin/clock", json=moved)).status_code == 200
    assert len(await _events(client)) == OF_A_JOB


@pytest.mark.parametrize("name", KINDS)
async def test_any_event_can_be_told(client: httpx.AsyncClient, name: str) -> None:
    job_id = await job_of_files(client)
    kind = KINDS[name]
    about = {"job": job_id} if kind.family == "job" else {"file": await _first_file(client, job_id)}
    answer = await client.post(EVENTS, json={"name": name, **about})
    assert answer.status_code == 200, answer.text
    told = answer.json()["events"][0]
    assert (told["name"], told["job"]) == (name, job_id)
    assert tuple(told["fields"]) == kind.typed_keys
    assert (await _events(client, since=OF_A_JOB))[0] == told


async def test_members_can_be_overridden(client: httpx.AsyncClient) -> None:
    file_id = await _first_file(client, await job_of_files(client))
    fields = {"name": "Level", "value": "High", "update_date": None}
    asked = {"name": "file_property_create", "file": file_id, "fields": fields}
    answer = await client.post(EVENTS, json=asked)
    told = answer.json()["events"][0]["fields"]
    assert {key: told[key] for key in fields} == fields


async def test_a_move_to_the_bin_is_followed_by_its_move(client: httpx.AsyncClient) -> None:
    file_id = await _first_file(client, await job_of_files(client))
    asked = {"name": "file_move_to_recycle_bin", "file": file_id}
    first, second = (await client.post(EVENTS, json=asked)).json()["events"]
    assert (first["name"], second["name"]) == ("file_move_to_recycle_bin", "file_move")
    assert second["fields"]["previous_file_directory"] == "FACTURA"
    assert second["fields"]["new_file_directory"] == "Recycle Bin"


async def test_a_file_that_waits_in_a_session_can_be_told_of(client: httpx.AsyncClient) -> None:
    file_id = await upload(client, await new_session(client))
    answer = await client.post(EVENTS, json={"name": "file_done", "file": file_id})
    assert answer.json()["events"][0]["job"] is None


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        ({"name": "job_done", "job": UNKNOWN_ID}, 400, "the nearest is 'job_"),
        ({"name": "job_start"}, 400, "about a job: give 'job', and no 'file'."),
        ({"name": "job_start", "job": UNKNOWN_ID, "file": UNKNOWN_ID}, 400, "and no 'file'."),
        ({"name": "file_done", "job": UNKNOWN_ID}, 400, "about a file: give 'file', and no 'job'."),
        ({"name": "job_start", "job": UNKNOWN_ID}, 404, f"Job with ID {UNKNOWN_ID}"),
        ({"name": "file_done", "file": UNKNOWN_ID}, 404, f"File with ID {UNKNOWN_ID}"),
        (
            {"name": "job_start", "job": UNKNOWN_ID, "fields": {"creation": 1}},
            400,
            "job_start has no creation; the nearest is creation_date.",
        ),
        ({"name": "job_start", "job": None}, 400, "must not be null"),
    ],
)
async def test_what_cannot_be_told_is_refused_in_a_sentence(
    client: httpx.AsyncClient, asked: dict[str, Any], status: int, message: str
) -> None:
    answer = await client.post(EVENTS, json=asked)
    assert answer.status_code == status
    assert message in answer.json()["message"]


async def test_a_name_that_is_not_known_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(EVENTS, params={"name": "job_finish"})
    assert answer.status_code == 400
    assert "the nearest is 'job_finished'" in answer.json()["message"]


async def test_a_company_token_sees_its_own_company_only(database_url: str) -> None:
    from alfred_mock.main import create_app
    from tests.support import application

    settings = Settings(
        _env_file=None, database_url=database_url, migrate=True, admin_token="a-token-for-all"
    )
    async with application(create_app(settings)) as app, client_of(app) as client:
        every = {"Authorization": "Bearer a-token-for-all"}
        made = (await client.post("/__admin/companies", headers=every)).json()
        own = {"Authorization": f"Bearer {made['admin_token']}"}
        for path in (EVENTS, WAIT):
            answer = await client.get(path, params={"company": COMPANY}, headers=own)
            assert answer.status_code == 403
        answer = await client.get(EVENTS, params={"company": made["id"]}, headers=own)
        assert answer.status_code == 200
        job_id = await job_of_files(client)
        asked = {"name": "job_start", "job": job_id}
        assert (await client.post(EVENTS, json=asked, headers=own)).status_code == 403
