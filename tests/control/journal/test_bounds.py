"""The journal never grows beyond its bounds, and says what had to make room."""

import asyncio
from collections import Counter
from typing import Any
from unittest.mock import ANY

import httpx
import pytest
from sqlalchemy import String, bindparam, literal, select

from alfred_mock.alfred.deferred_sessions import locks
from alfred_mock.control.journal.capture import CapturedRequest
from alfred_mock.control.journal.queue import MOST_WAITING, Backlog, JournalQueue
from alfred_mock.control.journal.store import Bounds, append
from alfred_mock.core.scope_keys import REQUEST_ID
from alfred_mock.core.settings import Settings
from alfred_mock.database import DatabaseUnavailable, Statement
from alfred_mock.main import Application
from alfred_mock.tables import metadata
from tests.alfred.calls import rows_of
from tests.control.journal.calls import JOURNAL, journal
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"


def _entry(company_id: str | None = COMPANY, size: int = 10, **changed: Any) -> dict[str, Any]:
    texts = ("id", "method", "path", "query", "headers_json", "body")
    answer = ("response_headers_json", "response_body")
    entry: dict[str, Any] = {**dict.fromkeys((*texts, *answer), "{}"), "company_id": company_id}
    numbers = {"at": 1, "status": 200, "duration_us": 1, "bytes": size}
    return {**entry, **numbers, "fault": None, "reason": None, **changed}


def _captured(company_id: str | None = COMPANY, name: str = "") -> CapturedRequest:
    scope = {"method": "GET", "path": "/", "query_string": b"", "headers": []}
    captured = CapturedRequest({**scope, REQUEST_ID: name.encode()}, at=1)
    captured.company_id = company_id
    return captured


async def _kept(app: Application) -> list[tuple[str | None, str]]:
    table = metadata.tables["journal_entry"]
    found = table.select().with_only_columns(table.c.company_id, table.c.id)
    rows = await app.services.database.fetch(Statement(found.order_by(table.c.number))())
    return [(company_id, name) for company_id, name in rows]


async def _totals(app: Application) -> dict[str, tuple[int, int, int]]:
    rows = await app.services.database.fetch(
        Statement(metadata.tables["journal_totals"].select())()
    )
    return {key: (entries, size, dropped) for key, _, entries, size, dropped in rows}


class TestByEntries:
    """The oldest make room for the newest."""

    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(_env_file=None, database_url=database_url, journal_entries=3)

    async def test_each_company_and_nobody_has_room_of_its_own(
        self, client: httpx.AsyncClient
    ) -> None:
        for number in range(5):
            await client.get(f"{PING}?{number}", headers=WITH_KEY)
        await client.get(f"{PING}?nobody")
        everything = (await client.get(JOURNAL)).json()
        assert (everything["total"], everything["dropped"]) == (4, 2)
        queries = [entry["query"] for entry in everything["requests"]]
        assert queries == ["2", "3", "4", "nobody"]
        mine = (await client.get(JOURNAL, params={"company": COMPANY})).json()
        assert (mine["total"], mine["dropped"]) == (3, 2)

    async def test_emptying_it_forgets_what_was_dropped(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        for _ in range(5):
            await client.get(PING, headers=WITH_KEY)
            await client.get(PING)
        assert (await client.delete(JOURNAL, params={"company": COMPANY})).status_code == 200
        assert (await client.get(JOURNAL, params={"company": COMPANY})).json() == {
            "total": 0,
            "dropped": 0,
            "requests": [],
        }
        assert (await client.get(JOURNAL)).json()["dropped"] == 2
        await client.delete(JOURNAL)
        assert await _totals(app) == {}
        assert await rows_of(app.services.database, "journal_entry") == 0


@pytest.mark.parametrize(
    ("sizes", "bounds", "left"),
    [
        ([10, 10, 10], Bounds(10, 30), 3),
        ([10, 10, 10], Bounds(10, 29), 2),
        ([10, 10, 10], Bounds(10, 9), 0),
        ([1, 1, 100], Bounds(10, 100), 1),
        ([100, 1, 1], Bounds(10, 100), 2),
        ([1] * 300, Bounds(7, 1_000), 7),
        ([1] * 300, Bounds(250, 1_000), 250),
        ([1] * 300, Bounds(1_000, 7), 7),
        ([1] * 300, Bounds(200, 150), 150),
    ],
)
async def test_bounds_hold_by_number_and_by_bytes(
    app: Application, sizes: list[int], bounds: Bounds, left: int
) -> None:
    entries = [_entry(size=size, id=str(number)) for number, size in enumerate(sizes)]
    await app.services.database.transact(append(entries, bounds, Counter()))
    kept = [entry["id"] for entry in entries][len(sizes) - left :]
    assert await _kept(app) == [(COMPANY, name) for name in kept]
    size = sum(sizes[len(sizes) - left :])
    assert await _totals(app) == {COMPANY: (left, size, len(sizes) - left)}


async def test_entries_of_a_company_that_is_gone_become_nobodys(app: Application) -> None:
    entries = [_entry(id="mine"), _entry(UNKNOWN_ID, id="gone"), _entry(None, id="nobody")]
    await app.services.database.transact(append(entries, Bounds(10, 1_000), Counter()))
    assert await _kept(app) == [(COMPANY, "mine"), (None, "gone"), (None, "nobody")]
    assert await _totals(app) == {COMPANY: (1, 10, 0), "": (2, 20, 0)}


async def test_a_company_that_goes_in_that_very_moment_costs_the_others_nothing(
    app: Application, queue: JournalQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is still there when asked for, and not any more when the entry is written.
    always = Statement(select(literal(1)).where(bindparam("id", type_=String()) != ""))
    monkeypatch.setattr(locks, "_SHARE_COMPANY", always)
    for company_id, name in ((COMPANY, "a"), (UNKNOWN_ID, "b"), (COMPANY, "c")):
        queue._backlog.add(_captured(company_id, name))
    await queue.flush()
    assert await _kept(app) == [(COMPANY, "a"), (None, "b"), (COMPANY, "c")]


async def test_a_removed_company_takes_its_entries_along(client: httpx.AsyncClient) -> None:
    made = (await client.post("/__admin/companies")).json()
    await client.get(PING, headers={"X-TagshelfAPI-Key": made["api_key"]})
    await client.get(PING, headers=WITH_KEY)
    assert len(await journal(client)) == 2
    await client.delete(f"/__admin/companies/{made['id']}")
    assert [entry["company"] for entry in await journal(client)] == [COMPANY]


async def test_a_database_out_of_reach_is_warned_of_once_and_fails_no_request(
    app: Application,
    queue: JournalQueue,
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def out_of_reach(_: Any) -> None:
        raise DatabaseUnavailable("out of reach")

    with monkeypatch.context() as patch:
        patch.setattr(queue._database, "transact", out_of_reach)
        for _ in range(3):
            assert (await client.get(PING, headers=WITH_KEY)).status_code == 200
            await queue.flush()
    losses = [record for record in caplog.records if "loses entries" in record.message]
    assert len(losses) == 1
    await client.get(f"{PING}?back", headers=WITH_KEY)
    assert [entry["query"] for entry in await journal(client)] == ["back"]


class TestInMemory:
    """Where nobody else can look, entries wait in memory."""

    @pytest.fixture
    def settings(self, sqlite_url: str) -> Settings:
        return Settings(_env_file=None, database_url=sqlite_url, journal_entries=10_000)

    async def test_they_wait_until_somebody_looks(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        await client.get(PING, headers=WITH_KEY)
        assert await rows_of(app.services.database, "journal_entry") == 0
        assert len(await journal(client)) == 1
        assert await rows_of(app.services.database, "journal_entry") == 1

    async def test_not_too_many_wait(self, app: Application, queue: JournalQueue) -> None:
        for _ in range(MOST_WAITING):
            assert queue._storing is None
            await queue.add(_captured())
        assert queue._storing is not None
        await asyncio.wait([queue._storing])
        assert await _totals(app) == {COMPANY: (MOST_WAITING, ANY, 0)}

    async def test_what_would_have_to_make_room_is_not_written_at_all(
        self, app: Application, queue: JournalQueue
    ) -> None:
        queue._backlog = Backlog(2)
        for name in "abc":
            await queue.add(_captured(name=name))
            await queue.add(_captured(None, name=name))
        await queue.flush()
        assert await _kept(app) == [(COMPANY, "b"), (None, "b"), (COMPANY, "c"), (None, "c")]
        assert await _totals(app) == {COMPANY: (2, ANY, 1), "": (2, ANY, 1)}

    async def test_what_is_forgotten_is_not_written_later(
        self, app: Application, queue: JournalQueue
    ) -> None:
        for company_id in (COMPANY, None):
            await queue.add(_captured(company_id))
        await queue.forget(COMPANY)
        await queue.flush()
        assert await _kept(app) == [(None, "")]
        await queue.add(_captured())
        await queue.forget(None)
        await queue.flush()
        assert await _kept(app) == []
        assert (queue._backlog.count, queue._backlog.weight) == (0, 0)

    async def test_they_are_written_at_the_end(self, app: Application, queue: JournalQueue) -> None:
        await queue.add(_captured())
        await queue.close()
        assert await rows_of(app.services.database, "journal_entry") == 1
