"""Events are written with what causes them: each once, and nothing for nobody."""

import asyncio

import httpx
import pytest

from alfred_mock.core.clock import Shift
from alfred_mock.core.settings import Settings
from alfred_mock.events import writing
from alfred_mock.events.recording import tell_due
from alfred_mock.main import Application, create_app
from tests.alfred.calls import JOB, job_of_files, new_session, rows_of, upload
from tests.events.listeners import (
    PATIENCE_SECONDS,
    listen,
    names_told,
    stop_clock,
    told,
    until_told,
)
from tests.support import COMPANY, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

TIMED = {"alfred_mock_progression": "timed"}
MANUAL = {"alfred_mock_progression": "manual"}
OF_A_JOB = 18
"""So many events has a job of one file that completes."""


async def test_nothing_is_written_where_nobody_listens(
    app: Application, client: httpx.AsyncClient
) -> None:
    await job_of_files(client, metadata=TIMED)
    await job_of_files(client)
    for table in ("event", "event_stream"):
        assert await rows_of(app.services.database, table) == 0
    assert not app.events.scheduler.is_waiting


async def test_an_immediate_job_tells_all_with_its_creation(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    job_id = await job_of_files(client)
    events = await told(app)
    assert [event.number for event in events] == list(range(1, OF_A_JOB + 1))
    assert {event.job_id for event in events} == {job_id}
    assert (events[0].name, events[-1].name) == ("job_create", "job_finished")
    assert len({event.id for event in events}) == OF_A_JOB


async def test_a_job_that_is_refused_tells_nothing(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    session = await client.post("/api/deferred/create", headers=WITH_KEY)
    body = {"session_id": session.json()["session_id"]}
    answer = await client.post("/api/job/create", json=body, headers=WITH_KEY)
    assert answer.status_code == 400
    assert await told(app) == []


async def test_a_session_and_an_upload_into_it_tell_nothing(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    await upload(client, await new_session(client))
    assert await told(app) == []


async def test_a_manual_job_tells_a_step_each_time_it_is_read(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    job_id = await job_of_files(client, metadata=MANUAL)
    assert await names_told(app) == ["job_create", "file_add_to_job"]
    await client.get(f"{JOB}/{job_id}", headers=WITH_KEY)  # the first shows where it is
    await client.get(f"{JOB}/{job_id}", headers=WITH_KEY)
    assert (await names_told(app))[2:] == ["job_stage_update", "job_start"]
    for _ in range(10):
        await client.get(f"{JOB}/{job_id}", headers=WITH_KEY)
    assert len(await told(app)) == OF_A_JOB


async def test_a_timed_job_tells_its_steps_when_they_are_due(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    await job_of_files(client, metadata=TIMED)
    events = await until_told(app, OF_A_JOB)
    assert [event.number for event in events] == list(range(1, OF_A_JOB + 1))
    assert events[-1].occurred_at - events[0].occurred_at == 300
    real = app.services.clock.real()
    assert all(event.occurred_at <= real for event in events)


async def test_nothing_waits_once_all_is_told(app: Application, client: httpx.AsyncClient) -> None:
    await listen(app)
    await job_of_files(client, metadata=TIMED)
    await until_told(app, OF_A_JOB)
    if app.events.scheduler._task is not None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await app.events.scheduler._task
    assert not app.events.scheduler.is_waiting


async def test_a_clock_that_is_moved_makes_events_due(
    app: Application, client: httpx.AsyncClient
) -> None:
    await stop_clock(app)
    await listen(app)
    await job_of_files(client, metadata=TIMED)
    assert await names_told(app) == ["job_create", "file_add_to_job"]
    async with client_of(app) as tester:
        moved = {"company": COMPANY, "advance_s": 0.1}
        assert (await tester.put("/__admin/clock", json=moved)).status_code == 200
        assert len(await until_told(app, 4)) == 4
        moved["advance_s"] = 3_600
        assert (await tester.put("/__admin/clock", json=moved)).status_code == 200
    assert len(await until_told(app, OF_A_JOB)) == OF_A_JOB


async def test_what_happened_before_somebody_listened_is_told_from_the_beginning(
    app: Application, client: httpx.AsyncClient
) -> None:
    first, second = [await job_of_files(client) for _ in range(2)]
    assert await listen(app) == 2 * OF_A_JOB
    events = await told(app)
    assert {event.job_id for event in events} == {first, second}
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)


async def test_who_listens_later_has_nothing_written_again(
    app: Application, client: httpx.AsyncClient
) -> None:
    await job_of_files(client)
    await listen(app)
    assert await listen(app) == OF_A_JOB


async def test_several_who_find_a_step_due_tell_it_once(
    app: Application, client: httpx.AsyncClient
) -> None:
    await stop_clock(app)
    await listen(app)
    for _ in range(5):
        await job_of_files(client, metadata=TIMED)
    later = app.services.clock.now(COMPANY) + 3_600_000
    await asyncio.gather(
        *(app.services.database.transact(tell_due(COMPANY, later)) for _ in range(8))
    )
    events = await told(app)
    assert len(events) == 5 * OF_A_JOB
    assert [event.number for event in events] == list(range(1, 5 * OF_A_JOB + 1))


async def test_replicas_tell_each_event_once_and_each_hears_of_it(postgres_url: str) -> None:
    settings = Settings(_env_file=None, database_url=postgres_url, migrate=True)
    async with application(create_app(settings)) as one, application(create_app(settings)) as other:
        heard: list[list[str]] = [[], []]
        for replica, companies in zip((one, other), heard, strict=True):
            replica.events.outbox.subscribe(companies.append)
        await listen(one)
        async with client_of(one) as client, client_of(other) as client_of_other:
            await asyncio.gather(
                *(job_of_files(client, metadata=TIMED) for _ in range(3)),
                *(job_of_files(client_of_other, metadata=TIMED) for _ in range(3)),
            )
        events = await until_told(other, 6 * OF_A_JOB)
        assert [event.number for event in events] == list(range(1, 6 * OF_A_JOB + 1))
        assert all(COMPANY in companies for companies in heard)


async def test_a_restart_goes_on_with_what_is_due(database_url: str) -> None:
    settings = Settings(_env_file=None, database_url=database_url, stage_seconds=0.2, migrate=True)
    async with application(create_app(settings)) as app, client_of(app) as client:
        await listen(app)
        await job_of_files(client, metadata=TIMED)
    async with application(create_app(settings)) as app:
        events = await until_told(app, OF_A_JOB)
        assert events[-1].name == "job_finished"


async def test_only_the_newest_events_are_kept(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "KEPT", 20)
    await listen(app)
    for _ in range(12):
        await job_of_files(client)
    numbers = [event.number for event in await told(app)]
    assert numbers[-1] == 12 * OF_A_JOB
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert len(numbers) < 20 + writing._TRIM_EVERY + OF_A_JOB


async def test_a_company_is_told_of_its_own_jobs_only(
    app: Application, client: httpx.AsyncClient
) -> None:
    app.services.clock.shifts = {COMPANY: Shift(offset_ms=5)}
    await job_of_files(client)
    made = await client.post("/__admin/companies")
    other = made.json()["id"]
    await listen(app, other)
    await job_of_files(client)
    assert await told(app, other) == []
    assert await told(app) == []
