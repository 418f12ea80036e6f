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
from starlette.types import ASGIApp

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
