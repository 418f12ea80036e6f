"""Events are counted once they are recorded, with the stages that they tell."""

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.events.catalogue import KINDS
from alfred_mock.main import Application
from tests.events.listeners import listen, names_told
from tests.events.webhooks.calls import make_job
from tests.telemetry.readings import readings, value

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, metrics=True)


async def _text(client: httpx.AsyncClient) -> str:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    return answer.text


async def test_each_event_is_counted_by_its_name(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    await make_job(client, "a.pdf", "b.pdf")
    told = await names_told(app)
    text = await _text(client)
    counted = {
        dict(labels)["event"]: count
        for labels, count in readings(text)["alfred_mock_events_recorded_total"].items()
    }
    assert counted == {name: told.count(name) for name in set(told)}


async def test_stages_that_jobs_come_to_are_counted(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    await make_job(client)
    await make_job(client, "alfred-mock-failed.pdf")
    text = await _text(client)
    for stage, count in {"queued": 2, "started": 2, "completed": 1, "failed": 1}.items():
        assert value(text, "job_stages_reached_total", stage=stage) == count, stage


async def test_jobs_that_nobody_listens_to_are_not_told(client: httpx.AsyncClient) -> None:
    await make_job(client)
    text = await _text(client)
    assert value(text, "events_recorded_total") == 0
    assert value(text, "job_stages_reached_total") == 0


@pytest.mark.parametrize("stage", ["made-up", ["a list"], None])
async def test_a_tester_makes_no_labels(
    app: Application, client: httpx.AsyncClient, stage: object
) -> None:
    job = await make_job(client)
    await listen(app)
    before = value(await _text(client), "job_stages_reached_total")
    asked = {"name": "job_stage_update", "job": job, "fields": {"stage": stage}}
    assert (await client.post("/__admin/events", json=asked)).is_success
    text = await _text(client)
    assert value(text, "job_stages_reached_total") == before
    names = {
        dict(labels)["event"] for labels in readings(text)["alfred_mock_events_recorded_total"]
    }
    assert "job_stage_update" in names <= set(KINDS)
