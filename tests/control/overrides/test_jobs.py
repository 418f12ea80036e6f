"""Jobs moved and held by a tester."""

from typing import Any

import httpx
import pytest

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.main import Application
from tests.alfred.calls import FILE, JOB, NOON, get, job_of_files
from tests.control.admin import stop_clock
from tests.support import UNKNOWN_ID, client_of

pytestmark = pytest.mark.anyio

JOBS = "/__admin/jobs"
MANUAL = {"alfred_mock_progression": "manual"}
TIMED = {"alfred_mock_progression": "timed"}
DATE = "2022-11-17T00:00:00.000"


async def _answer(app: Application, job_id: str, asked: Any) -> httpx.Response:
    async with client_of(app) as admin:
        return await admin.patch(f"{JOBS}/{job_id}", json=asked)


async def _patch(app: Application, job_id: str, **asked: Any) -> Any:
    answer = await _answer(app, job_id, asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _stage(client: httpx.AsyncClient, job_id: str) -> str:
    return str((await get(client, JOB, job_id))["stage"])


@pytest.mark.parametrize("stage", list(Stage))
async def test_a_job_stands_still_where_it_is_put(
    app: Application, client: httpx.AsyncClient, stage: Stage
) -> None:
    job = await job_of_files(client, metadata=MANUAL)
    shown = await _patch(app, job.upper(), stage=stage)
    assert shown["stage"] == stage
    for _ in range(2):
        assert await get(client, JOB, job) == shown


async def test_a_job_that_was_held_goes_on(app: Application, client: httpx.AsyncClient) -> None:
    await stop_clock(app, NOON)
    job = await job_of_files(client, metadata=TIMED)
    await _patch(app, job, stage="in_revision")
    await stop_clock(app, NOON + 100_000)
    assert await _stage(client, job) == "in_revision"
    assert (await _patch(app, job, stage=None))["stage"] == "completed"


async def test_a_stage_begins_when_it_is_set(app: Application, client: httpx.AsyncClient) -> None:
    await stop_clock(app, NOON)
    job = await job_of_files(client)
    await stop_clock(app, NOON + 60_000)
    shown = await _patch(app, job, stage="syncing")
    assert shown["update_date"] == "2023-11-14T22:14:20.000"


async def test_a_job_is_moved_on_from_its_beginning(
    app: Application, client: httpx.AsyncClient
) -> None:
    job = await job_of_files(client)
    shown = await _patch(app, job, advance=1)
    assert (shown["stage"], shown["files"][0]["status"]) == ("started", "uploaded")
    shown = await _patch(app, job, advance=2)
    assert (shown["stage"], shown["files"][0]["status"]) == ("in_progress", "ocr")
    assert (await get(client, JOB, job))["files"][0]["status"] == "classifying"
    assert (await _patch(app, job, advance=1_000))["stage"] == "completed"
    assert (await _patch(app, job, advance=1))["stage"] == "completed"


async def test_looking_at_a_manual_job_here_does_not_move_it(
    app: Application, client: httpx.AsyncClient
) -> None:
    job = await job_of_files(client, metadata=MANUAL)
    for _ in range(3):
        assert (await _patch(app, job))["stage"] == "queued"
    assert await _stage(client, job) == "queued"
    assert await _stage(client, job) == "started"
    assert (await _patch(app, job, advance=1))["files"][0]["status"] == "pre_processing"


async def test_moving_a_job_that_stands_still_lets_it_go(
    app: Application, client: httpx.AsyncClient
) -> None:
    job = await job_of_files(client, metadata=MANUAL)
    await _patch(app, job, stage="in_revision")
    assert (await _patch(app, job, advance=1))["stage"] == "started"


async def test_a_timed_job_made_manual_stays_where_it_is(
    app: Application, client: httpx.AsyncClient
) -> None:
    await stop_clock(app, NOON)
    job = await job_of_files(client, metadata=TIMED)
    await stop_clock(app, NOON + 150)
    assert (await _patch(app, job, progression="manual"))["stage"] == "started"
    await stop_clock(app, NOON + 100_000)
    assert (await _patch(app, job))["stage"] == "started"
    assert (await _patch(app, job, advance=1))["stage"] == "in_progress"


async def test_an_immediate_job_made_manual_begins_anew(
    app: Application, client: httpx.AsyncClient
) -> None:
    job = await job_of_files(client)
    assert await _stage(client, job) == "completed"
    assert (await _patch(app, job, progression="manual"))["stage"] == "queued"
    assert await _stage(client, job) == "queued"
    assert await _stage(client, job) == "started"
    assert (await _patch(app, job, progression="immediate"))["stage"] == "completed"


async def test_a_creation_date_moves_a_timed_job(
    app: Application, client: httpx.AsyncClient
) -> None:
    await stop_clock(app, NOON)
    job = await job_of_files(client, metadata=TIMED)
    assert await _stage(client, job) == "queued"
    shown = await _patch(app, job, creation_date="2023-11-14T22:13:19.850")
    assert (shown["stage"], shown["creation_date"]) == ("started", "2023-11-14T22:13:19.850")
    assert (await _patch(app, job, creation_date=DATE))["stage"] == "completed"
    other = await job_of_files(client, metadata=MANUAL)
    shown = await _patch(app, other, creation_date=DATE)
    assert (shown["creation_date"], shown["update_date"]) == (DATE, DATE)


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_a_job_can_come_to_another_end(
    app: Application, client: httpx.AsyncClient, outcome: Outcome
) -> None:
    asked = await job_of_files(client, metadata={"alfred_mock_outcome": outcome})
    wanted = await get(client, JOB, asked)
    job = await job_of_files(client, "alfred-mock-file-failed.pdf")
    shown = await _patch(app, job, outcome=outcome)
    same = ("stage", "retries", "exceeded_retries", "error_messages", "finished_files")
    assert {key: shown[key] for key in same} == {key: wanted[key] for key in same}
    assert [file["status"] for file in shown["files"]] == [
        file["status"] for file in wanted["files"]
    ]
    file = await get(client, FILE, shown["files"][0]["id"])
    assert file["status"] == shown["files"][0]["status"]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"stage": "resting"}, "'stage' must be"),
        ({"advance": 0}, "'advance' must be greater than or equal to 1"),
        ({"advance": 1, "stage": "queued"}, "has both stage and advance"),
        ({"advance": 1, "stage": None}, "has both stage and advance"),
        ({"advance": 1, "progression": "timed"}, "has advance, which makes the job manual"),
        ({"outcome": "lost"}, "'outcome' must be"),
        ({"stages": "queued"}, "has no key 'stages'; the nearest is 'stage'"),
        ([], "Parameter 'body'"),
    ],
)
async def test_what_cannot_be_is_refused(
    app: Application, client: httpx.AsyncClient, asked: Any, problem: str
) -> None:
    job = await job_of_files(client)
    before = await get(client, JOB, job)
    answer = await _answer(app, job, asked)
    assert answer.status_code == 400
    assert problem in answer.json()["message"]
    assert await get(client, JOB, job) == before


async def test_an_unknown_job_is_not_found(app: Application) -> None:
    answer = await _answer(app, UNKNOWN_ID, {"advance": 1})
    assert answer.status_code == 404
    assert answer.json()["message"] == f"Job with ID {UNKNOWN_ID} does not exist."
