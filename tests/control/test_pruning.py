"""Keeping house: what is too old or too much goes, and nothing else."""

import json
import sqlite3
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from alfred_mock.alfred.tables import FileContent
from alfred_mock.auth.tables import AccessToken, RateWindow
from alfred_mock.cli import main
from alfred_mock.control.pruning import prune
from alfred_mock.control.sqlite_space import shrink
from alfred_mock.control.tables import JournalEntry, JournalTotals
from alfred_mock.core.clock import Clock
from alfred_mock.core.retention import KINDS, Retention
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, row_of
from alfred_mock.events.tables import Delivery, DeliveryState, Event
from alfred_mock.main import Application
from tests.events.listeners import listen
from tests.events.realtime.clients import tell
from tests.events.webhooks.calls import set_webhook
from tests.support import COMPANY, LOGIN, WITH_KEY, server_process

pytestmark = pytest.mark.anyio

DAY = 86_400_000
_EVENTS = Statement(select(columns_of(Event).id, columns_of(Event).number).order_by("number"))
_DELIVERY = Insert(Delivery)
_TOTALS = Statement(select(columns_of(JournalTotals).entries))


def _count(table: Any) -> Statement:
    return Statement(select(func.count()).select_from(table))


async def _rows(app: Application, table: Any) -> int:
    rows = await app.services.database.fetch(_count(table)())
    return int(rows[0][0])


async def _session(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/deferred/create", headers=WITH_KEY)
    return str(answer.json()["session_id"])


async def _job(client: httpx.AsyncClient) -> tuple[str, str]:
    """A session with a file, and the job that was made of it; the ids of job and file."""
    session = await _session(client)
    form = {"session_id": session}
    answer = await client.post(
        "/api/file/uploadfile", headers=WITH_KEY, data=form, files={"file": ("a.pdf", b"content")}
    )
    file_id = answer.json()["file_id"]
    answer = await client.post("/api/job/create", headers=WITH_KEY, json=form)
    return str(answer.json()["job_id"]), str(file_id)


async def _status(client: httpx.AsyncClient, path: str) -> int:
    return (await client.get(f"/api/{path}", headers=WITH_KEY)).status_code


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets so many days pass."""

    def pass_days(days: float) -> None:
        now = Clock().real()
        monkeypatch.setattr(Clock, "real", lambda self: now + round(days * DAY))

    return pass_days


async def test_old_sessions_jobs_and_files_go_with_all_that_is_theirs(
    app: Application, client: httpx.AsyncClient, later: Any
) -> None:
    old_session, (old_job, old_file) = await _session(client), await _job(client)
    later(10)
    new_session, (new_job, new_file) = await _session(client), await _job(client)
    counts = await prune(app.services, Retention(["sessions=5d", "jobs=5d"]))
    assert (counts["sessions"], counts["jobs"], counts["files"]) == (2, 1, 0)
    assert await _status(client, f"deferred/detail/{old_session}") == 404
    assert await _status(client, f"job/detail/{old_job}") == 404
    assert await _status(client, f"file/detail/{old_file}") == 404
    assert await _status(client, f"deferred/detail/{new_session}") == 200
    assert await _status(client, f"job/detail/{new_job}") == 200
    assert await _status(client, f"file/download/{new_file}") == 200
    assert await _rows(app, FileContent) == 1


async def test_of_too_many_the_newest_stay(
    app: Application, client: httpx.AsyncClient, later: Any
) -> None:
    sessions = []
    for _ in range(4):
        sessions.append(await _session(client))
        later(1)
    counts = await prune(app.services, Retention(["sessions=2"]))
    assert counts["sessions"] == 2
    statuses = [await _status(client, f"deferred/detail/{session}") for session in sessions]
    assert statuses == [404, 404, 200, 200]


async def test_a_company_has_rules_of_its_own(
    app: Application, client: httpx.AsyncClient, later: Any
) -> None:
    session = await _session(client)
    later(10)
    kept = await prune(app.services, Retention(["sessions=1d", f"{COMPANY}:sessions=30d"]))
    assert kept["sessions"] == 0
    assert await _status(client, f"deferred/detail/{session}") == 200


async def test_without_rules_nothing_goes(
    app: Application, client: httpx.AsyncClient, later: Any
) -> None:
    await _job(client)
    await client.post("/token", data=LOGIN)
    later(1_000)
    assert sum((await prune(app.services, Retention([]))).values()) == 0


async def test_the_journal_forgets_by_age_and_count_and_counts_right(
    app: Application, client: httpx.AsyncClient, later: Any
) -> None:
    for _ in range(3):
        await _session(client)
        await client.get("/nowhere")
    await app.control.recorder.flush()
    assert await _rows(app, JournalEntry) == 6
    counts = await prune(app.services, Retention(["journal=1d/2"]))
    assert (counts["journal"], await _rows(app, JournalEntry)) == (2, 4)
    later(2)
    counts = await prune(app.services, Retention(["journal=1d"]))
    assert (counts["journal"], await _rows(app, JournalEntry)) == (4, 0)
    assert [total for (total,) in await app.services.database.fetch(_TOTALS())] == [0, 0]


async def _tell(app: Application, count: int) -> None:
    """So many events of the demo company, each with an attempt to deliver it that has ended."""
    before = await _events(app)
    await tell(app, *["job_create"] * count)
    database = app.services.database
    for row in (await database.fetch(_EVENTS()))[before:]:
        values = row_of(
            Delivery,
            id=str(uuid4()),
            company_id=COMPANY,
            event_id=row[0],
            event_number=row[1],
            attempt=1,
            at=0,
            state=DeliveryState.FAILED,
        )
        await database.write(_DELIVERY(**values))


async def _events(app: Application) -> int:
    return len(await app.services.database.fetch(_EVENTS()))


async def test_events_go_by_age_and_count_with_their_deliveries(
    app: Application, later: Any
) -> None:
    await listen(app)
    await _tell(app, 5)
    assert (await prune(app.services, Retention(["events=36500d"])))["events"] == 0
    assert (await prune(app.services, Retention(["events=3"])))["events"] == 2
    assert [await _rows(app, table) for table in (Event, Delivery)] == [3, 3]
    later(40_000)
    assert (await prune(app.services, Retention(["events=36500d"])))["events"] == 3
    assert [await _rows(app, table) for table in (Event, Delivery)] == [0, 0]


async def test_no_event_goes_that_a_webhook_has_yet_to_get(
    app: Application, client: httpx.AsyncClient
) -> None:
    await set_webhook(client, "http://127.0.0.1:9/")
    await tell(app, "job_create", "job_finished")
    everything = Retention(["events=0"])
    assert (await prune(app.services, everything))["events"] == 0
    answer = await client.delete("/__admin/webhook", params={"company": COMPANY})
    assert answer.status_code == 200
    assert (await prune(app.services, everything))["events"] == 2


async def test_tokens_go_after_their_time_and_beyond_a_count(
    app: Application, client: httpx.AsyncClient, later: Any
) -> None:
    for _ in range(3):
        await client.post("/token", data=LOGIN)
        later(1)
    assert (await prune(app.services, Retention(["tokens=1d"])))["tokens"] == 0
    assert (await prune(app.services, Retention(["tokens=2"])))["tokens"] == 1
    later(40)
    assert (await prune(app.services, Retention(["tokens=1d"])))["tokens"] == 2
    assert await _rows(app, AccessToken) == 0
    assert await _rows(app, RateWindow) == 0


def test_the_command_prunes_all_kinds_while_a_server_runs(database_url: str) -> None:
    rules = "sessions=1,jobs=1,files=1,journal=2,tokens=1"
    with (
        server_process("--database-url", database_url) as server,
        httpx.Client(base_url=server.url, headers=WITH_KEY) as client,
    ):
        jobs = []
        for _ in range(3):
            session = client.post("/api/deferred/create").json()["session_id"]
            form, file = {"session_id": session}, {"file": ("a.pdf", b"content")}
            client.post("/api/file/uploadfile", data=form, files=file)
            jobs.append(client.post("/api/job/create", json=form).json()["job_id"])
            client.post("/token", data=LOGIN)
        entries = len(client.get("/__admin/requests").json()["requests"])
        done = CliRunner().invoke(
            main, ["prune", "--database-url", database_url, "--retention", rules]
        )
        assert done.output == (
            f"removed: 2 sessions, 2 jobs, 0 files, 0 events, {entries - 2} journal, 2 tokens\n"
        )
        found = [client.get(f"/api/job/detail/{job}").status_code for job in jobs]
        assert sorted(found) == [200, 404, 404]
        assert client.post("/api/deferred/create").status_code == 200


@pytest.mark.parametrize("rule", ["jobs=1000000000d", "jobs=1000000000", "jobs=٣d", "jobs=1d/2d"])
def test_an_age_or_count_that_nobody_means_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="is no AGE"):
        Retention([rule])


@pytest.mark.parametrize("kind", KINDS)
async def test_the_largest_age_and_count_are_understood(app: Application, kind: str) -> None:
    counts = await prune(app.services, Retention([f"{kind}=999999999d/999999999"]))
    assert set(counts.values()) <= {0}


def test_a_file_shrinks_once_rewritten_and_then_in_steps(tmp_path: Path) -> None:
    path = tmp_path / "alfred-mock.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE large (content)")

    def fill_and_empty() -> int:
        for _ in range(10):
            connection.execute("INSERT INTO large VALUES (zeroblob(500000))")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size
        connection.execute("DELETE FROM large")
        return size

    full = fill_and_empty()
    shrink(path, whole=False)
    assert path.stat().st_size == full
    shrink(path, whole=True)
    assert path.stat().st_size < full / 100
    full = fill_and_empty()
    shrink(path, whole=False)
    assert path.stat().st_size < full / 100
    connection.close()


def test_a_bad_rule_is_refused_in_one_sentence() -> None:
    done = CliRunner().invoke(main, ["prune", "--retention", "cats=1d"])
    assert done.exit_code == 2
    assert "cats=1d" in done.output
    assert json.dumps(done.output).count("Traceback") == 0
