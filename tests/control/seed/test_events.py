"""Who is told of a company's jobs and files, as a seed says it."""

from typing import Any

import httpx
import pytest

from alfred_mock.main import Application
from tests.alfred.calls import NOON, job_of_files
from tests.control import admin
from tests.control.seed.documents import rows_of
from tests.events.listeners import listen, told
from tests.support import COMPANY

pytestmark = pytest.mark.anyio

SEED = {"company": COMPANY}
HOOK = "http://127.0.0.1:9/hook"
JOB = {
    "id": "b0d2f5c6-7f6d-4a55-9b0c-0f6a2f1c9d99",
    "creation_date": "2022-11-17T00:05:00.000",
    "user_name": "API Key 1",
}


async def _put(client: httpx.AsyncClient, **parts: Any) -> None:
    answer = await client.put("/__admin/seed", params=SEED, json=parts)
    assert answer.status_code == 200, answer.text


async def _exported(client: httpx.AsyncClient) -> Any:
    answer = await client.get("/__admin/seed", params=SEED)
    (company,) = answer.json()["companies"]
    return company.get("events")


async def test_events_that_are_on_are_written_for_nobody_else(
    app: Application, client: httpx.AsyncClient
) -> None:
    await _put(client, events=True)
    await job_of_files(client)
    assert len(await told(app)) == 18
    assert await _exported(client) == {"recorded": True}


async def test_a_webhook_and_styles_come_back_in_an_export(
    app: Application, client: httpx.AsyncClient
) -> None:
    events = {"webhook": HOOK, "webhook_style": "sdk", "realtime_style": "docs"}
    await _put(client, events={**events, "job_finished_first": True})
    [hook] = await rows_of(app.services, "webhook", COMPANY)
    assert (hook["url"], hook["delivered_number"], len(hook["token"])) == (HOOK, 0, 24)
    assert await _exported(client) == {**events, "job_finished_first": True}
    await job_of_files(client)
    assert [event.name for event in (await told(app))[-2:]] == ["file_status_update", "file_done"]


async def test_the_same_webhook_goes_on_where_it_was(
    app: Application, client: httpx.AsyncClient
) -> None:
    await _put(client, events={"webhook": HOOK})
    await job_of_files(client)
    await _put(client, events={"webhook": HOOK})
    [hook] = await rows_of(app.services, "webhook", COMPANY)
    assert hook["delivered_number"] == 0
    await _put(client, events={"webhook": f"{HOOK}/other"})
    [hook] = await rows_of(app.services, "webhook", COMPANY)
    assert hook["delivered_number"] == 18


async def test_what_a_seed_has_made_is_not_told_but_goes_on(
    app: Application, client: httpx.AsyncClient
) -> None:
    await admin.stop_clock(app, NOON)
    running = {**JOB, "creation_date": "2023-11-14T22:13:20.000", "progression": "timed"}
    await _put(client, events=True, jobs=[running])
    assert await told(app) == []
    moved = {"company": COMPANY, "advance_s": 60}
    assert (await client.put("/__admin/clock", json=moved)).status_code == 200
    answer = await client.get("/__admin/events", params=SEED)
    names = [event["name"] for event in answer.json()["events"]]
    assert "job_create" not in names
    assert names[-1] == "job_finished"


async def test_a_reset_ends_what_is_pending_and_goes_on_counting(
    app: Application, client: httpx.AsyncClient
) -> None:
    await _put(client, events={"webhook": HOOK})
    await job_of_files(client)
    await client.put("/__admin/seed", params=SEED, json={"events": {"webhook": f"{HOOK}/2"}})
    answer = await client.post("/__admin/reset", json=SEED)
    assert answer.status_code == 200
    assert await told(app) == []
    [hook] = await rows_of(app.services, "webhook", COMPANY)
    assert (hook["url"], hook["delivered_number"]) == (f"{HOOK}/2", 18)
    await job_of_files(client)
    assert (await told(app))[0].number == 19


async def test_a_reset_forgets_who_was_not_seeded(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    await client.get("/__admin/events", params=SEED)
    await client.post("/__admin/reset", json=SEED)
    await job_of_files(client)
    assert await told(app) == []


@pytest.mark.parametrize(
    "events",
    [{"webhook": "ftp://x"}, {"webhook_style": "xml"}, {"recorded": "yes"}, "on", {"style": "sdk"}],
)
async def test_what_is_not_understood_is_refused(client: httpx.AsyncClient, events: Any) -> None:
    answer = await client.put("/__admin/seed", params=SEED, json={"events": events})
    assert answer.status_code == 400
    assert "events" in answer.json()["message"]
