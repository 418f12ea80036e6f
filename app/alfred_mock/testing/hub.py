"""One server for all workers of pytest-xdist.

The controller, which outlives its workers, listens for them. It starts a server when the first
worker asks for one with its settings. A run that never asks has a waiting thread, and no more.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from alfred_mock.testing.errors import StartError
from alfred_mock.testing.server import AlfredServer

_START_SECONDS = 60


class HubAddress(NamedTuple):
    """Where the controller listens, and the secret that shows a worker to be its own."""

    port: int
    secret: str


class Hub:
    """The controller's end."""

    def __init__(self, make_pool: Callable[[], Any]) -> None:
        """`make_pool` makes what starts the servers, when the first worker asks."""
        self._make_pool = make_pool
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = HubAddress(self._socket.getsockname()[1], secrets.token_hex())
        self._lock = threading.Lock()
        self._pool: Any = None
        self._is_closed = False
        threading.Thread(target=self._listen, name="alfred-mock hub", daemon=True).start()

    def close(self) -> None:
        """End the servers that were started for workers."""
        self._is_closed = True
        with suppress(OSError):  # the thread waits for a connection
            socket.create_connection(("127.0.0.1", self.address.port)).close()
        with self._lock:
            if self._pool is not None:
                self._pool.close()

    def _listen(self) -> None:
        with self._socket:
            while not self._is_closed:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection, connection.makefile("rw") as lines:
            asked = json.loads(lines.readline())
            if hmac.compare_digest(str(asked["secret"]), self.address.secret):
                json.dump(self._answer(asked["settings"], bool(asked["log"])), lines)

    def _answer(self, settings: dict[str, Any], asks_for_log: bool) -> dict[str, Any]:
        with self._lock:
            if self._is_closed:
                return {"problem": "the run of pytest is over"}
            self._pool = self._pool or self._make_pool()
            try:
                server = self._pool(**settings)
            except StartError as error:
                return {"problem": str(error)}
        if asks_for_log:
            return {"log": server.log}
        return {"url": server.url, "admin_token": settings.get("admin_token")}


class SharedServer(AlfredServer):
    """A handle on a server that the controller has started, for all workers."""

    def __init__(self, hub: HubAddress, settings: dict[str, Any]) -> None:
        self._hub = hub
        self._settings = settings
        there = _ask(hub, settings)
        super().__init__(there["url"], there["admin_token"])

    @property
    def log(self) -> str:
        """What it has logged."""
        return str(_ask(self._hub, self._settings, log=True)["log"])


def _ask(hub: HubAddress, settings: dict[str, Any], *, log: bool = False) -> dict[str, Any]:
    asked = {"secret": hub.secret, "settings": settings, "log": log}
    with socket.create_connection(("127.0.0.1", hub.port), timeout=_START_SECONDS) as connection:
        connection.sendall(json.dumps(asked).encode() + b"\n")
        with connection.makefile() as lines:
            text = lines.read()
    answer: dict[str, Any] = json.loads(text or '{"problem": "the run of pytest is over"}')
    if "problem" in answer:
        raise StartError(answer["problem"])
    return answer
