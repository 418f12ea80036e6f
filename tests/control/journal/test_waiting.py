"""Waiting for requests, and journals that several servers write."""

import asyncio
import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from alfred_mock.control.journal.capture import Captured
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.alfred.calls import SESSION_CREATE, rows_of
from tests.control.journal.calls import JOURNAL, journal
from tests.support import COMPANY, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

WAIT = f"{JOURNAL}/wait"
PING = "/api/tagshelf/ping"


async def _kept(client: httpx.AsyncClient) -> dict[str, int]:
    shown = (await client.get(JOURNAL)).json()
    return {name: shown[name] for name in ("total", "dropped")}


async def test_what_is_there_is_not_waited_for(client: httpx.AsyncClient) -> None:
    await client.get(PING, headers=WITH_KEY)
    answer = await client.get(WAIT, params={"count": 1, "timeout": 0})
    assert answer.status_code == 200
    assert (answer.json()["total"], answer.json()["requests"][0]["path"]) == (1, PING)


async def test_a_later_request_ends_the_wait(client: httpx.AsyncClient) -> None:
    asked: dict[str, Any] = {"count": 3, "timeout": 60, "path": "/api/*", "company": COMPANY}
    waiting = asyncio.create_task(client.get(WAIT, params=asked))
    for path in (PING, "/elsewhere", PING, PING):
        assert not waiting.done()
        await client.get(path, headers=WITH_KEY)
    answer = await waiting
    assert answer.status_code == 200
    assert answer.json() == (await client.get(JOURNAL, params={"path": "/api/*"})).json()
    assert answer.json()["total"] == 3


async def test_several_may_wait(client: httpx.AsyncClient) -> None:
    waiting = [
        asyncio.create_task(client.get(WAIT, params={"count": count, "timeout": 60}))
        for count in (2, 1, 2)
    ]
    for _ in range(2):
        await client.get(PING, headers=WITH_KEY)
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200] * 3


async def test_when_the_time_is_over_it_says_what_has_come(client: httpx.AsyncClient) -> None:
    await client.get(PING, headers=WITH_KEY)
    begun = time.monotonic()
    answer = await client.get(WAIT, params={"count": 2, "timeout": 0.2})
    assert time.monotonic() - begun >= 0.2
    assert answer.status_code == 408
    late = answer.json()
    assert (late["error"], late["total"]) == ("Request Timeout", 1)
    assert late["message"] == "1 of 2 requests came within 0.2 s."
    assert [entry["path"] for entry in late["requests"]] == [PING]


@pytest.mark.parametrize("query", ["timeout=61", "timeout=-1", "count=0", "cont=2", "timeout=nan"])
async def test_no_other_waits(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{WAIT}?{query}")).status_code == 400


class TestSeveralServers:
    """Whichever is asked, the journal is complete."""

    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(_env_file=None, database_url=database_url, workers=2, journal_entries=40)

    @pytest.fixture
    async def other(self, app: Application, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
        """A client of another server on the same database."""
        async with application(create_app(settings)) as second, client_of(second) as http:
            yield http

    async def test_what_was_answered_by_one_the_other_knows(
        self, app: Application, client: httpx.AsyncClient, other: httpx.AsyncClient
    ) -> None:
        await client.get(PING, headers=WITH_KEY)
        assert await rows_of(app.services.database, "journal_entry") == 1
        assert len(await journal(other)) == 1
        await other.delete(JOURNAL)
        assert await journal(client) == []

    async def test_a_wait_at_one_ends_with_requests_at_the_other(
        self, client: httpx.AsyncClient, other: httpx.AsyncClient
    ) -> None:
        waiting = asyncio.create_task(client.get(WAIT, params={"count": 20, "timeout": 60}))
        half = [other.post(SESSION_CREATE, headers=WITH_KEY) for _ in range(10)]
        half += [client.post(SESSION_CREATE, headers=WITH_KEY) for _ in range(9)]
        await asyncio.gather(*half)
        assert not waiting.done()
        await other.get(f"{PING}?last", headers=WITH_KEY)
        complete = (await waiting).json()
        assert complete["total"] == 20
        assert complete["requests"][-1]["query"] == "last"
        numbers = [entry["number"] for entry in complete["requests"]]
        assert numbers == sorted(set(numbers))

    async def test_bounds_hold_for_all_together(
        self, client: httpx.AsyncClient, other: httpx.AsyncClient
    ) -> None:
        calls = [
            http.get(PING, headers=headers)
            for http in (client, other)
            for headers in (WITH_KEY, {}) * 30
        ]
        await asyncio.gather(*calls)
        # On a slow machine an answer does not wait for its entry for longer than a second.
        kept, deadline = await _kept(other), time.monotonic() + 60
        while sum(kept.values()) < 120 and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
            kept = await _kept(other)
        assert kept == {"total": 80, "dropped": 40}

    async def test_requests_of_one_moment_are_written_together(
        self, queue: JournalQueue, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written: list[int] = []
        store = queue._store

        async def store_and_count(captured: Sequence[Captured], dropped: Counter[str]) -> None:
            written.append(len(captured))
            await store(captured, dropped)

        monkeypatch.setattr(queue, "_store", store_and_count)
        await asyncio.gather(*[client.get("/nowhere") for _ in range(20)])
        assert sum(written) == 20
        assert len(written) < 20

    async def test_what_only_reads_does_not_wait_while_the_journal_cannot_be_written(
        self, sqlite_url: str
    ) -> None:
        settings = Settings(_env_file=None, database_url=sqlite_url, workers=2)
        async with application(create_app(settings)) as app, client_of(app) as http:
            holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
            with contextlib.closing(holder):
                holder.execute("BEGIN IMMEDIATE")
                begun = time.monotonic()
                answer = await http.get(PING, headers=WITH_KEY)
                assert answer.status_code == 200
                assert time.monotonic() - begun < 2
                holder.execute("ROLLBACK")
            # The entry has only come later.
            assert [entry["path"] for entry in await journal(http)] == [PING]
