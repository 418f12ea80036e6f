"""Metrics of the process, its event loop and its connections to a database."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text as sql

from alfred_mock.core.settings import Settings
from alfred_mock.database import Statement
from alfred_mock.main import Application
from tests.telemetry.readings import value

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        _env_file=None, database_url=database_url, database_pool=2, metrics=True, host="127.0.0.1"
    )


async def _text(client: httpx.AsyncClient) -> str:
    return (await client.get("http://localhost/metrics")).text


async def test_the_process_says_how_large_it_is(client: httpx.AsyncClient) -> None:
    text = await _text(client)
    assert value(text, "info") == 1
    assert value(text, "process_resident_memory_bytes") > 10_000_000
    assert 0 < value(text, "process_open_fds") <= value(text, "process_max_fds")
    assert value(text, "process_cpu_seconds") > 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_the_pool_says_how_many_use_it_and_how_many_wait(
    app: Application, client: httpx.AsyncClient
) -> None:
    assert value(await _text(client), "database_connections_in_use") == 0
    sleeping = Statement(sql("SELECT pg_sleep(0.5)"))
    asked: list[asyncio.Task[Any]] = [
        asyncio.create_task(app.services.database.fetch(sleeping())) for _ in range(5)
    ]
    await asyncio.sleep(0)
    text = await _text(client)
    assert value(text, "database_connections_limit") == 2
    assert value(text, "database_connections_in_use") == 2
    assert value(text, "database_requests_waiting") == 3
    for each in asked:
        each.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    after = await _text(client)
    assert value(after, "database_connections_in_use") == 0
    assert value(after, "database_requests_waiting") == 0
