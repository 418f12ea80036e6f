"""The application with faults, in a test's own process and behind a socket."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.control.faults.middleware import Faults
from alfred_mock.control.faults.router import router
from alfred_mock.control.state import ControlState
from alfred_mock.core.error_handlers import install_error_handlers
from alfred_mock.core.fast_lane import FastLane
from alfred_mock.core.middleware import CommonHeaders
from alfred_mock.core.settings import Settings
from alfred_mock.main import AlfredMock, create_app
from alfred_mock.serve import Server
from tests.support import API_KEY

FAULTS = "/__admin/faults"
PING = "/api/tagshelf/ping"
CREATE = "/api/deferred/create"

PATIENCE = 20
"""Seconds after which a client over a socket gives up."""

_HEAD = f"Host: x\r\nX-TagshelfAPI-Key: {API_KEY}\r\n"
RAW_GET = f"GET {PING} HTTP/1.1\r\n{_HEAD}\r\n".encode()
RAW_POST = f"POST {CREATE} HTTP/1.1\r\n{_HEAD}Content-Length: %d\r\n\r\n".encode()


def faulty_app(settings: Settings) -> AlfredMock:
    """The application with nothing of the tester's side but faults."""
    app = create_app(settings)
    services = app.services
    control = FastAPI()
    control.state.services = services
    install_error_handlers(control)
    control.include_router(router, prefix="/__admin")
    state = app.state.control_state = ControlState(services.database, services.clock)
    imitation = FastLane(FastAPI.build_middleware_stack(app), routers=app.routers)
    faults = Faults(imitation, state, services)

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        is_control = scope.get("path", "").startswith("/__admin")
        await (control if is_control else faults)(scope, receive, send)

    app.middleware_stack = CommonHeaders(gate, rate_limit=settings.rate_limit, clock=services.clock)
    return app


async def make(client: httpx.AsyncClient, effect: Any = None, **rule: Any) -> dict[str, Any]:
    """Make a rule, for all requests unless it says otherwise."""
    if effect is not None:
        rule["effect"] = effect
    answer = await client.post(FAULTS, json=rule)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


@contextmanager
def served(app: ASGIApp, **options: Any) -> Iterator[str]:
    """The application behind a socket, on a thread of its own; its address."""
    addresses: Queue[str] = Queue()
    config = uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=0, **options)
    server = Server(config, addresses.put)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield addresses.get(timeout=30)
    finally:
        server.should_exit = True
        thread.join(30)


def make_over(http: httpx.Client, **rule: Any) -> None:
    """Make a rule over a socket."""
    assert http.post(FAULTS, json=rule).status_code == 200


def connect(url: str) -> socket.socket:
    """A connection without an HTTP client around it."""
    place = urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=PATIENCE)
