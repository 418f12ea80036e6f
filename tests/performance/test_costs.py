"""What each call says to PostgreSQL is what docs/scaling.md counts on."""

import json
import os
from collections.abc import Iterator

import asyncpg
import httpx
import pytest

from alfred_mock.core.settings import JournalMode, Settings
from benchmarks import costs, processor_time
from benchmarks.calls import CREATED, DETAILED, JOB, JOB_DETAIL, UPLOADED, VALUES
from benchmarks.relay import CountingRelay, relaying
from tests.docs.markdown import read
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

_KEPT = json.loads(read("benchmarks/results/costs.json"))["figures"]


@pytest.fixture
def relay(postgres_url: str) -> Iterator[CountingRelay]:
    with relaying(CountingRelay(postgres_url)) as relay:
        yield relay


@pytest.fixture
def settings(relay: CountingRelay) -> Settings:
    return Settings(_env_file=None, database_url=relay.url, journal=JournalMode.OFF)


async def test_a_statement_is_prepared_once_and_then_one_round_trip(relay: CountingRelay) -> None:
    connection = await asyncpg.connect(relay.url)
    try:
        counted = []
        for _ in range(2):
            before = relay.statements, relay.round_trips
            assert await connection.fetchval("SELECT $1::int", 7) == 7
            counted.append((relay.statements - before[0], relay.round_trips - before[1]))
        before = relay.statements, relay.round_trips
        async with connection.transaction():
            pass
        assert (relay.statements - before[0], relay.round_trips - before[1]) == (2, 2)
    finally:
        await connection.close()
    assert counted == [(1, 2), (1, 1)]


async def test_each_call_runs_as_many_statements_as_are_counted_on(
    relay: CountingRelay, client: httpx.AsyncClient
) -> None:
    counted: dict[str, int] = {}

    async def ask(name: str, method: str, path: str, **sent: object) -> str:
        before = relay.statements
        answer = await client.request(method, path, headers=WITH_KEY, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 200
        counted[name] = relay.statements - before
        return str(next(iter(answer.json().values()))) if method == "POST" else ""

    for _ in range(2):  # the first time looks up the key
        session = await ask(CREATED, "POST", "/api/deferred/create")
        await ask(DETAILED, "GET", f"/api/deferred/detail/{session}")
        form = {"data": {"session_id": session}, "files": {"file": ("a.pdf", bytes(10_000))}}
        file = await ask(UPLOADED, "POST", "/api/file/uploadfile", **form)
        job = await ask(JOB, "POST", "/api/job/create", json={"session_id": session})
        await ask(JOB_DETAIL, "GET", f"/api/job/detail/{job}")
        await ask(VALUES, "GET", f"/api/values/file/{file}")
    assert counted == {name: round(_KEPT[name][costs.STATEMENTS][0]) for name in counted}


def test_a_process_that_works_uses_time() -> None:
    group = os.getpgrp()
    before = processor_time.of_group(group)
    while processor_time.of_group(group) < before + 0.05:
        sum(range(10_000))
    assert processor_time.of_each_in_group(group)[os.getpid()] >= 0.05
    assert processor_time.of_each(group, os.getpid(), 0)[2] == 0
