"""Realtime clients and what they are sent are counted."""

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.events.realtime.clients import polling, tell
from tests.telemetry.readings import value

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, metrics=True)


async def _text(client: httpx.AsyncClient) -> str:
    return (await client.get("/metrics")).text


async def test_clients_are_counted_for_as_long_as_they_listen(
    app: Application, client: httpx.AsyncClient
) -> None:
    async with polling(app) as first, polling(app) as second:
        text = await _text(client)
        assert value(text, "realtime_connections", transport="polling") == 2
        assert value(text, "realtime_connections", transport="websocket") == 0
        await second.say("1")
        text = await _text(client)
        assert value(text, "realtime_connections", transport="polling") == 1
        await first.say("1")
        assert value(await _text(client), "realtime_connections") == 0


async def test_packets_and_events_are_counted(app: Application, client: httpx.AsyncClient) -> None:
    async with polling(app) as first, polling(app) as second:
        text = await _text(client)
        # Each has said that it wants to connect, and was told that it is.
        assert value(text, "realtime_messages_total", direction="received") == 2
        before = value(text, "realtime_messages_total", direction="sent")
        await tell(app, "job_start")
        for poller in (first, second):
            await poller.hear_events(3)
        text = await _text(client)
    assert value(text, "realtime_messages_total", direction="sent") == before + 2 * 3
    assert value(text, "events_told_total", event="job_start", receiver="realtime") == 2
