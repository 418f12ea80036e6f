"""How much the journal keeps, and what it says when it is off."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

from alfred_mock.control.journal.middleware import JournalMiddleware
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.control.journal.calls import JOURNAL, journal
from tests.support import SECRET_KEY, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"
Started = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def started(sqlite_url: str) -> Started:
    """A client of an application with some settings."""

    @asynccontextmanager
    async def start(**changed: Any) -> AsyncIterator[httpx.AsyncClient]:
        changed["admin_token"] = token = "only-for-testers"
        app = create_app(Settings(_env_file=None, database_url=sqlite_url, **changed))
        async with application(app), client_of(app) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            yield client

    return start


@pytest.mark.parametrize(
    "settings",
    [{"journal": "errors"}, {"environment": "staging", "secret_key": SECRET_KEY, "demo": True}],
    ids=str,
)
async def test_only_errors(started: Started, settings: dict[str, Any]) -> None:
    async with started(**settings) as client:
        for headers in (WITH_KEY, {}, {**WITH_KEY, "X-Alfred-Mock-Fault": "503"}):
            await client.get(PING, headers=headers)
        await client.get("/nowhere")
        statuses = [entry["status"] for entry in await journal(client)]
        with_faults = "environment" not in settings
        assert statuses == ([401, 503, 404] if with_faults else [401, 404])


@pytest.mark.parametrize(
    "settings",
    [{}, {"journal": "on", "environment": "staging", "secret_key": SECRET_KEY, "demo": 1}],
)
async def test_everything(started: Started, settings: dict[str, Any]) -> None:
    async with started(**settings) as client:
        await client.get(PING, headers=WITH_KEY)
        assert [entry["status"] for entry in await journal(client)] == [200]


async def test_off_costs_nothing_and_is_not_mistaken_for_no_requests(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any) -> None:
        raise AssertionError("the journal is off")

    monkeypatch.setattr(JournalMiddleware, "__call__", never)
    async with started(journal="off") as client:
        assert (await client.get(PING, headers=WITH_KEY)).status_code == 200
        for path in ("", "/count", "/wait", "/har"):
            answer = await client.get(JOURNAL + path)
            assert answer.status_code == 409
            assert "ALFRED_MOCK_JOURNAL=on" in answer.json()["message"]
        assert (await client.delete(JOURNAL)).status_code == 200
