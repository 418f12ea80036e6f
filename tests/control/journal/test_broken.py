"""Requests whose answer did not reach its end, over real connections and without."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from alfred_mock.control.journal.middleware import JournalMiddleware
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.control.journal.calls import JOURNAL, last
from tests.support import COMPANY, WITH_KEY, server_process

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url, journal="errors")


_SCOPE: Scope = {
    "type": "http",
    "method": "GET",
    "path": "/a",
    "query_string": b"",
    "headers": [],
}


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _ignored(message: Message) -> None:
    """Send it nowhere."""


async def _begin(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})


async def test_an_answer_that_was_cut_short_has_status_0(
    app: Application, queue: JournalQueue, client: httpx.AsyncClient
) -> None:
    async def cut_short(scope: Scope, receive: Receive, send: Send) -> None:
        await _begin(send)

    await JournalMiddleware(cut_short, queue, app.services)({**_SCOPE}, _nothing, _ignored)
    entry = await last(client)
    assert (entry["status"], entry["response_body"]) == (0, "half")
    assert entry["reason"] == "the connection ended before the answer did"


async def test_an_exception_passes_and_is_recorded(
    app: Application, queue: JournalQueue, client: httpx.AsyncClient
) -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError("secret detail")

    with pytest.raises(ZeroDivisionError):
        await JournalMiddleware(fails, queue, app.services)({**_SCOPE}, _nothing, _ignored)
    entry = await last(client)
    assert (entry["status"], entry["reason"]) == (0, "it ended in ZeroDivisionError")


async def test_a_request_that_is_called_off_is_recorded(
    app: Application, queue: JournalQueue, client: httpx.AsyncClient
) -> None:
    began = asyncio.Event()

    async def hangs(scope: Scope, receive: Receive, send: Send) -> None:
        began.set()
        await asyncio.Event().wait()

    journal = JournalMiddleware(hangs, queue, app.services)
    task = asyncio.create_task(journal({**_SCOPE}, _nothing, _ignored))
    await began.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert (await last(client))["reason"] == "it ended in CancelledError"


async def test_a_client_that_went_away_has_no_answer(
    app: Application, queue: JournalQueue, client: httpx.AsyncClient
) -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await _begin(send)
        await send({"type": "http.response.body", "body": b""})

    await JournalMiddleware(answers, queue, app.services)({**_SCOPE}, receive, _ignored)
    assert (await last(client))["status"] == 0


@pytest.fixture(scope="module", params=["1", "2"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server, which keeps its journal in memory or shares it between workers."""
    path: Path = tmp_path_factory.mktemp("journal") / "alfred-mock.db"
    with server_process(
        "--workers", request.param, "--database-url", f"sqlite:///{path}"
    ) as server:
        yield server.url


def _wait(http: httpx.Client, **filters: Any) -> dict[str, Any]:
    answer = http.get(f"{JOURNAL}/wait", params={"timeout": 30, **filters})
    assert answer.status_code == 200, answer.text
    entry: dict[str, Any] = answer.json()["requests"][-1]
    return entry


@pytest.mark.parametrize("connection", ["reset", "close"])
def test_a_connection_that_a_fault_has_ended(url: str, connection: str) -> None:
    headers = {**WITH_KEY, "X-Alfred-Mock-Fault": f'{{"connection": "{connection}"}}'}
    with httpx.Client(base_url=url, timeout=40) as http:
        with pytest.raises(httpx.TransportError):
            http.get(f"{PING}/{connection}", headers=headers)
        entry = _wait(http, path=f"{PING}/{connection}")
    assert (entry["status"], entry["company"]) == (0, COMPANY)
    assert entry["fault"].startswith("header: ")


def test_a_client_that_leaves_in_the_midst_of_its_request(url: str) -> None:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        connection.sendall(
            b"POST /api/job/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
            b"X-TagshelfAPI-Key: alfred-mock-demo-key\r\n\r\nhalf of"
        )
    with httpx.Client(base_url=url, timeout=40) as http:
        entry = _wait(http, status=0, path="/api/job/create")
    assert (entry["status"], entry["body"]) == (0, "half of")
    assert entry["reason"] == "the client went away before its request was complete"


def test_over_a_real_connection_an_entry_is_there_once_the_answer_is(url: str) -> None:
    with httpx.Client(base_url=url, timeout=40) as http:
        for number in range(30):
            answer = http.post(
                f"/api/deferred/create?{number}", headers=WITH_KEY, content=b'{"a": 1}'
            )
            params: dict[str, Any] = {"since": 0, "limit": 1, "path": "/api/deferred/create"}
            (entry,) = http.get(JOURNAL, params=params).json()["requests"]
            assert (entry["query"], entry["body"]) == (str(number), '{"a": 1}')
            assert entry["response_body"] == answer.text
