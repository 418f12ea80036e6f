"""The application without a socket."""

import sys
from typing import Any

import httpx
import pytest

from alfred_mock.testing import AlfredMock, StartError

pytestmark = pytest.mark.anyio

ORIGIN = "http://alfred.test"


async def test_it_is_started_and_makes_companies() -> None:
    async with (
        AlfredMock.asgi() as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client,
    ):
        made = (await client.post("/__admin/companies")).json()
        key = {"X-TagshelfAPI-Key": made["api_key"]}
        answer = await client.post("/api/deferred/create", headers=key)
        assert answer.status_code == 200


async def test_two_know_nothing_of_each_other() -> None:
    async with AlfredMock.asgi(demo=True) as one, AlfredMock.asgi() as other:
        for app, status in ((one, 200), (other, 401)):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                key = {"X-TagshelfAPI-Key": "alfred-mock-demo-key"}
                answer = await client.get("/api/tagshelf/ping", headers=key)
                assert answer.status_code == status


async def test_what_keeps_it_from_starting_is_raised() -> None:
    with pytest.raises(StartError, match="no-such-seed"):
        async with AlfredMock.asgi(seed="no-such-seed.yaml"):
            pass


async def test_a_fault_ends_the_connection_as_over_a_socket() -> None:
    async with (
        AlfredMock.asgi() as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client,
    ):
        made = (await client.post("/__admin/companies")).json()
        key = {"X-TagshelfAPI-Key": made["api_key"]}
        for effect, shown in (
            ({"connection": "reset"}, httpx.ReadError),
            ({"connection": "close"}, httpx.RemoteProtocolError),
            ({"body": "truncated"}, httpx.RemoteProtocolError),
        ):
            await client.post("/__admin/faults", json={"effect": effect, "times": 1})
            with pytest.raises(shown, match="as a fault asked it to") as raised:
                await client.get("/api/tagshelf/ping", headers=key)
            assert isinstance(raised.value, ConnectionResetError)
            assert raised.value.request.url.path == "/api/tagshelf/ping"


async def test_without_httpx_it_is_the_error_of_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    async with AlfredMock.asgi() as app:
        monkeypatch.delitem(sys.modules, "httpx")

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            raise AssertionError(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/tagshelf/ping",
            "raw_path": b"/api/tagshelf/ping",
            "query_string": b"",
            "root_path": "",
            "client": ("127.0.0.1", 1),
            "headers": [(b"x-alfred-mock-fault", b'{"connection": "reset"}')],
        }
        with pytest.raises(ConnectionResetError) as raised:
            await app(scope, receive, send)
        assert type(raised.value).__module__.startswith("alfred_mock.")
