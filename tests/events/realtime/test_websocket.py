"""Connections by WebSocket, and those that are upgraded to one."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.events.realtime import websocket
from alfred_mock.events.realtime.heartbeat import Heartbeat
from alfred_mock.main import Application
from tests.events.realtime.clients import Poller, WebSocket, event_in, opening, polling, tell, until

pytestmark = pytest.mark.anyio

BY_WEBSOCKET = opening(transport="websocket")


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


def upgrading(app: Application, poller: Poller) -> WebSocket:
    return WebSocket(app, EIO="4", transport="websocket", sid=poller.sid)


async def _heard(socket: WebSocket, count: int) -> list[tuple[str, dict[str, Any]]]:
    return [event_in(await socket.hear()) for _ in range(count)]


async def test_a_connection_may_begin_with_a_websocket(app: Application) -> None:
    async with WebSocket(app, **BY_WEBSOCKET) as socket:
        begun = await (await socket.accepted()).hear()
        assert json.loads(begun[1:])["upgrades"] == []
        await socket.join()
        await tell(app, "job_start")
        assert [channel for channel, _ in await _heard(socket, 3)] == [
            "job_event",
            "job_start_event",
            "alfred_event_job_start",
        ]


async def test_a_client_may_upgrade_before_it_joins(app: Application, client: Any) -> None:
    """As the Python client does."""
    poller = await Poller(client).open()
    async with upgrading(app, poller) as socket:
        await socket.accepted()
        socket.say("2probe")
        assert await socket.hear() == "3probe"
        socket.say("5")
        await socket.join()
        assert (await poller.poll()).json() == {"code": 3, "message": "Bad request"}


async def test_a_client_may_upgrade_after_it_has_joined(app: Application) -> None:
    """As the JavaScript client does: its open poll is completed, and nothing is lost or doubled."""
    async with polling(app) as poller:
        waiting = asyncio.create_task(poller.hear())
        await until(lambda: app.events.realtime.is_polled(poller.sid))
        async with upgrading(app, poller) as socket:
            await socket.accepted()
            socket.say("2probe")
            assert await socket.hear() == "3probe"
            assert await waiting == ["6"]
            await tell(app, "job_create")
            socket.say("5")
            await tell(app, "job_start")
            heard = [event["event_name"] for _, event in await _heard(socket, 6)]
    assert heard == ["alfred_event_job_create"] * 3 + ["alfred_event_job_start"] * 3


async def test_a_websocket_that_does_not_take_over_leaves_the_polls_alone(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "UPGRADE_SECONDS", 0.05)
    async with polling(app) as poller:
        async with upgrading(app, poller) as socket:
            await socket.accepted()
            socket.say("2probe")
            assert await socket.hear() == "3probe"
            assert (await socket.next())["type"] == "websocket.close"
        await tell(app, "job_start")
        assert len(await poller.hear_events(3)) == 3


@pytest.mark.parametrize("said", ["5", "40", "2"])
async def test_a_websocket_that_does_not_probe_is_closed(app: Application, said: str) -> None:
    async with polling(app) as poller, upgrading(app, poller) as socket:
        await socket.accepted()
        socket.say(said)
        assert (await socket.next())["type"] == "websocket.close"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (opening(transport="websocket", sid="x"), 1),
        (opening(transport="websocket", EIO="3"), 5),
        (opening(transport="polling"), 3),
    ],
)
async def test_a_websocket_is_refused_in_http(
    app: Application, query: dict[str, str], code: int
) -> None:
    async with WebSocket(app, **query) as socket:
        refused = await socket.next()
        assert (refused["type"], refused["status"]) == ("websocket.http.response.start", 400)
        assert json.loads((await socket.next())["body"])["code"] == code


async def test_a_connection_takes_one_websocket(app: Application) -> None:
    async with polling(app) as poller, upgrading(app, poller) as first:
        await first.accepted()
        first.say("2probe")
        await first.hear()
        async with upgrading(app, poller) as second:
            assert (await second.next())["status"] == 400


async def test_a_client_that_leaves_is_let_go(app: Application) -> None:
    async with WebSocket(app, **BY_WEBSOCKET) as socket:
        await (await socket.accepted()).hear()
        await socket.join()
        socket.say("41")
        socket.say("1")
        await socket.hear()
        assert (await socket.next())["type"] == "websocket.close"
        assert not app.events.realtime.has_members


@pytest.mark.parametrize("said", ["9", "", "4x"])
async def test_what_is_no_packet_ends_the_connection(app: Application, said: str) -> None:
    async with WebSocket(app, **BY_WEBSOCKET) as socket:
        await (await socket.accepted()).hear()
        socket.say(said)
        assert (await socket.next())["type"] == "websocket.close"


async def test_bytes_end_the_connection(app: Application) -> None:
    async with WebSocket(app, **BY_WEBSOCKET) as socket:
        await (await socket.accepted()).hear()
        socket.send_bytes(b"x")
        assert (await socket.next())["type"] == "websocket.close"


async def test_a_wrong_key_is_refused(app: Application) -> None:
    async with WebSocket(app, **opening("wrong", transport="websocket")) as socket:
        await (await socket.accepted()).hear()
        socket.say("40")
        assert await socket.hear() == '44{"message":"Authentication failed"}'


async def test_a_client_that_answers_no_heartbeat_is_let_go(app: Application) -> None:
    app.events.realtime.heartbeat = Heartbeat(0.05, 0.1)
    async with WebSocket(app, **BY_WEBSOCKET) as socket:
        await (await socket.accepted()).hear()
        await socket.join()
        assert await socket.hear() == "2"
        socket.say("3")
        assert await socket.hear() == "2"
        assert (await socket.next())["type"] == "websocket.close"


async def test_a_broken_off_websocket_is_forgotten(
    app: Application, client: httpx.AsyncClient
) -> None:
    async with WebSocket(app, **BY_WEBSOCKET) as socket:
        await (await socket.accepted()).hear()
        await socket.join()
        shown = (await client.get("/__admin/connections")).json()["connections"]
        assert [connection["transport"] for connection in shown] == ["websocket"]
        socket.leave()
    assert not app.events.realtime.has_members
