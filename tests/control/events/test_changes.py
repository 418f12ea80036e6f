"""What is told when a tester changes a job or a file."""

from typing import Any

import httpx
import pytest

from alfred_mock.main import Application
from tests.alfred.calls import NOON, job_of_files
from tests.control import admin
from tests.events.listeners import listen, told
from tests.support import COMPANY, WITH_KEY

pytestmark = pytest.mark.anyio

MANUAL = {"alfred_mock_progression": "manual"}
TIMED = {"alfred_mock_progression": "timed"}
TWO_TAGS = {"tags": [{"name": "FACTURA"}, {"name": "RECIBO"}]}


@pytest.fixture(autouse=True)
async def _two_tags(client: httpx.AsyncClient) -> None:
    answer = await client.put("/__admin/seed", params={"company": COMPANY}, json=TWO_TAGS)
    assert answer.status_code == 200, answer.text


async def _told_by(
    app: Application, client: httpx.AsyncClient, path: str, **change: Any
) -> list[tuple[str, dict[str, Any]]]:
    """The names and members of the events that a change has told."""
    before = len(await told(app))
    answer = await client.patch(f"/__admin/{path}", json=change)
    assert answer.status_code == 200, answer.text
    shown = await client.get("/__admin/events", params={"company": COMPANY, "since": before})
    return [(event["name"], event["fields"]) for event in shown.json()["events"]]


async def _file_of(client: httpx.AsyncClient, job_id: str) -> str:
    answer = await client.get(f"/api/job/detail/{job_id}", headers=WITH_KEY)
    return str(answer.json()["files"][0]["id"])


def _names(events: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [name for name, _ in events]


async def test_another_tag_is_a_change_an_update_and_a_move(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    file_id = await _file_of(client, await job_of_files(client))
    events = await _told_by(app, client, f"files/{file_id}", tag="RECIBO")
    assert _names(events) == ["file_change_tag", "file_update", "file_move"]
    assert events[0][1]["previous_tag_name"] == "FACTURA"
    assert events[0][1]["new_tag_name"] == "RECIBO"
    assert events[0][1]["proposed_tag_id"] == events[0][1]["new_tag_id"]
    assert events[2][1]["previous_file_directory"] == "FACTURA"
    assert events[2][1]["new_file_directory"] == "RECIBO"


async def test_a_tag_that_is_taken_away_is_a_removal_and_an_update(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    file_id = await _file_of(client, await job_of_files(client))
    events = await _told_by(app, client, f"files/{file_id}", tag=None)
    assert _names(events) == ["file_remove_tag", "file_update"]
    assert events[0][1]["tag_being_removed_name"] == "FACTURA"
    assert events[0][1]["classification_score"] == 0.95
    again = await _told_by(app, client, f"files/{file_id}", tag="FACTURA")
    assert again[0][1]["previous_tag_id"] is None


async def test_a_status_is_told_as_if_the_file_had_come_to_it(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    file_id = await _file_of(client, await job_of_files(client))
    events = await _told_by(app, client, f"files/{file_id}", status="failed")
    assert _names(events) == ["file_status_update", "file_failed", "file_move"]
    assert await _told_by(app, client, f"files/{file_id}", status="failed") == []


async def test_the_recycle_bin_is_a_move_of_two_events(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    file_id = await _file_of(client, await job_of_files(client))
    events = await _told_by(app, client, f"files/{file_id}", directory="Recycle Bin")
    assert _names(events) == ["file_move_to_recycle_bin", "file_move"]
    back = await _told_by(app, client, f"files/{file_id}", directory=None)
    assert _names(back) == ["file_move"]
    assert back[0][1]["previous_file_directory"] == "Recycle Bin"
    assert back[0][1]["new_file_directory"] == "FACTURA"


async def test_properties_come_and_go(app: Application, client: httpx.AsyncClient) -> None:
    await listen(app)
    path = f"files/{await _file_of(client, await job_of_files(client))}"
    events = await _told_by(app, client, path, properties={"Level": "High", "Type": "Report"})
    assert _names(events) == ["file_property_create"] * 2
    changed = await _told_by(app, client, path, properties={"Level": "Low"})
    assert [(name, fields["name"], fields["value"]) for name, fields in changed] == [
        ("file_property_delete", "Level", "High"),
        ("file_property_delete", "Type", "Report"),
        ("file_property_create", "Level", "Low"),
    ]


async def test_nothing_is_told_where_nobody_listens(
    app: Application, client: httpx.AsyncClient
) -> None:
    file_id = await _file_of(client, await job_of_files(client))
    for path, change in ((f"files/{file_id}", {"tag": None}),):
        assert (await client.patch(f"/__admin/{path}", json=change)).status_code == 200
    assert await told(app) == []


async def test_a_job_that_is_moved_on_tells_each_step(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    job_id = await job_of_files(client, metadata=MANUAL)
    events = await _told_by(app, client, f"jobs/{job_id}", advance=3)
    assert _names(events) == [
        *("job_stage_update", "job_start", "job_stage_update"),
        *["file_status_update"] * 2,
    ]


async def test_a_stage_that_is_ahead_is_reached_step_by_step(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    job_id = await job_of_files(client, metadata=MANUAL)
    events = await _told_by(app, client, f"jobs/{job_id}", stage="completed")
    assert _names(events)[-2:] == ["job_stage_update", "job_finished"]
    assert "file_done" in _names(events)


async def test_a_stage_beside_the_pipeline_is_told_as_one_move(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    job_id = await job_of_files(client)
    events = await _told_by(app, client, f"jobs/{job_id}", stage="synced")
    assert [fields["stage"] for _, fields in events] == ["synced"]
    assert await _told_by(app, client, f"jobs/{job_id}", stage="synced") == []


async def test_a_job_that_a_tester_cancels_moves_its_files_to_pending(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    job_id = await job_of_files(client, metadata=MANUAL)
    events = await _told_by(app, client, f"jobs/{job_id}", stage="cancelled")
    assert _names(events)[-2:] == ["file_move_to_pending", "job_stage_update"]


async def test_a_timed_job_that_is_held_tells_nothing_until_it_is_released(
    app: Application, client: httpx.AsyncClient
) -> None:
    await admin.stop_clock(app, NOON)
    await listen(app)
    job_id = await job_of_files(client, metadata=TIMED)
    assert _names(await _told_by(app, client, f"jobs/{job_id}", stage="started")) == [
        *("job_stage_update", "job_start"),
    ]
    moved = {"company": COMPANY, "advance_s": 60}
    assert (await client.put("/__admin/clock", json=moved)).status_code == 200
    released = _names(await _told_by(app, client, f"jobs/{job_id}", stage=None))
    assert released[0] == "job_stage_update"
    assert released[-1] == "job_finished"
    assert len(await told(app)) == 18


async def test_a_job_whose_outcome_changes_tells_the_new_one(
    app: Application, client: httpx.AsyncClient
) -> None:
    await admin.stop_clock(app, NOON)
    await listen(app)
    job_id = await job_of_files(client, metadata=TIMED)
    assert await _told_by(app, client, f"jobs/{job_id}", outcome="failed") == []
    moved = {"company": COMPANY, "advance_s": 60}
    assert (await client.put("/__admin/clock", json=moved)).status_code == 200
    shown = await client.get("/__admin/events", params={"company": COMPANY})
    assert shown.json()["events"][-1]["name"] == "job_failed"
