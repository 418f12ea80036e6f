"""A server that nobody listens to starts without what tells events."""

import subprocess
import sys

import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.events.listeners import listen
from tests.events.webhooks.calls import set_webhook
from tests.support import application, client_of

pytestmark = pytest.mark.anyio

_START = """
import asyncio, sys
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app

async def start():
    app = create_app(Settings(_env_file=None, database_url=sys.argv[1]))
    async with app.router.lifespan_context(app):
        print(*(name for name in sys.modules if name.startswith("alfred_mock.events.")))

asyncio.run(start())
"""
TELLS = "alfred_mock.events.recording"
DELIVERS = "alfred_mock.events.webhooks.courier"
CONNECTS = "alfred_mock.events.realtime.rooms"


def _loaded(database_url: str) -> set[str]:
    """What of events a process has loaded that was started on this database."""
    arguments = [sys.executable, "-c", _START, database_url]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return set(ended.stdout.split())


async def test_what_tells_events_is_loaded_for_those_who_listen(sqlite_url: str) -> None:
    settings = Settings(_env_file=None, database_url=sqlite_url)
    async with application(create_app(settings)):
        pass
    plain = _loaded(sqlite_url)
    assert "alfred_mock.events.outbox" in plain
    assert not plain & {TELLS, DELIVERS, CONNECTS, "alfred_mock.events.tables"}
    async with application(create_app(settings)) as app, client_of(app) as client:
        await listen(app)
        await set_webhook(client, "http://127.0.0.1:9/hook")
    with_webhook = _loaded(sqlite_url)
    assert DELIVERS in with_webhook
    assert CONNECTS not in with_webhook
