"""Requests of the fast path that have to wait: for a commit that somebody else's lock holds up."""

import hashlib
import multiprocessing
import socket
import sqlite3
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.engine.fast_protocol import FastProtocol
from alfred_mock.main import Application, create_app
from tests.control.faults.serving import PATIENCE, connect, served
from tests.engine.conversations import PING, get, normal
from tests.support import API_KEY, WITH_KEY

_OPTIONS: dict[str, Any] = {"ws": "none", "proxy_headers": False, "timeout_keep_alive": 120}
CREATE = get("/api/deferred/create", method="POST").encode()
ASKED = get(PING).encode()


@dataclass
class Locked:
    """A server whose database somebody has locked."""

    app: Application
    url: str
    lock: sqlite3.Connection
    stop: Callable[[], None]

    def wait_for_create(self) -> None:
        """Until the server has begun to commit."""
        database: Any = self.app.services.database
        end = time.monotonic() + PATIENCE
        while database._commits._committing is None:
            assert time.monotonic() < end
            time.sleep(0.001)

    def release(self) -> None:
        self.lock.execute("ROLLBACK")


@contextmanager
def _locked(folder: Path, *, is_fast: bool, **more: Any) -> Iterator[Locked]:
    path = folder / f"{is_fast}.db"
    settings = Settings(
        _env_file=None, database_url=f"sqlite:///{path}", fast_path=is_fast, journal="on", **more
    )
    app = create_app(settings)
    with ExitStack() as stack:
        url = stack.enter_context(served(app, http=FastProtocol, **_OPTIONS))
        with connect(url) as connection:  # whatever is made at the first request is made
            for each in (CREATE, ASKED):
                connection.sendall(each)
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK")
        lock = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN IMMEDIATE")
        yield Locked(app, url, lock, stack.pop_all().close)


def _on_both_ways(
    folder: Path, told: Callable[[Locked], bytes], **more: Any
) -> tuple[bytes, bytes]:
    heard = []
    for is_fast in (True, False):
        with _locked(folder, is_fast=is_fast, **more) as server:
            assert (server.app.fast_path is not None) is is_fast
            try:
                heard.append(normal(told(server)))
            finally:
                if server.lock.in_transaction:
                    server.release()
                server.lock.close()
                server.stop()
    return heard[0], heard[1]


def _rest(connection: socket.socket) -> bytes:
    heard = b""
    while data := connection.recv(65_536):
        heard += data
    return heard


def test_what_comes_behind_a_waiting_request_is_answered_behind_it(tmp_path: Path) -> None:
    def told(server: Locked) -> bytes:
        with connect(server.url) as connection:
            connection.sendall(CREATE)
            server.wait_for_create()
            connection.sendall(ASKED)
            connection.sendall(CREATE)
            connection.shutdown(socket.SHUT_WR)
            server.release()
            return _rest(connection)

    fast, ordinary = _on_both_ways(tmp_path, told)
    assert fast == ordinary
    assert fast.count(b"HTTP/1.1 200 OK") == 3
    assert fast.count(b"connection: close") == 1


def test_one_that_waits_alone_gets_no_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = Mock(side_effect=FastProtocol.begin, autospec=True)
    monkeypatch.setattr(FastProtocol, "begin", lambda *given: begun(*given))
    with _locked(tmp_path, is_fast=True) as server, connect(server.url) as connection:
        for head in ((), ("X-Request-ID: never the same",)):
            connection.sendall(get("/api/deferred/create", *head, method="POST").encode())
            server.wait_for_create()
            server.release()
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK")
            server.lock.execute("BEGIN IMMEDIATE")
        assert begun.call_count == 0
        server.release()
        server.lock.execute("BEGIN IMMEDIATE")
        connection.sendall(CREATE)
        server.wait_for_create()
        connection.sendall(ASKED)
        connection.shutdown(socket.SHUT_WR)
        server.release()
        assert _rest(connection).count(b"HTTP/1.1 200 OK") == 2
        assert begun.call_count == 1
        server.lock.close()
        server.stop()


def test_a_client_that_goes_meanwhile_is_in_the_journal(tmp_path: Path) -> None:
    def told(server: Locked) -> bytes:
        with connect(server.url) as connection:
            connection.sendall(CREATE)
            server.wait_for_create()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.release()
        with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
            wait: dict[str, Any] = {"path": "/api/deferred/create", "count": 2, "timeout": PATIENCE}
            client.get("/__admin/requests/wait", params=wait)
            found = client.get("/__admin/requests", params={"path": "/api/deferred/create"}).json()
        newest = found["requests"][-1]
        return f"{newest['status']} {newest['reason']} {newest['response_body']}".encode()

    fast, ordinary = _on_both_ways(tmp_path, told)
    assert fast == ordinary
    assert fast.startswith(b"0 the client had gone before its answer was sent")


def test_a_busy_server_says_so(tmp_path: Path) -> None:
    def told(server: Locked) -> bytes:
        with connect(server.url) as connection, connect(server.url) as other:
            connection.sendall(CREATE)
            server.wait_for_create()
            other.sendall(get(PING, "Connection: keep-alive").encode())
            heard = other.recv(65_536)
            server.release()
            heard += connection.recv(65_536)
            other.sendall(ASKED)
            return heard + other.recv(65_536)

    fast, ordinary = _on_both_ways(tmp_path, told, max_requests=1, max_queue=0)
    assert fast == ordinary
    assert fast.startswith(b"HTTP/1.1 503 Service Unavailable")
    assert fast.count(b"HTTP/1.1 200 OK") == 2


def test_what_is_not_answered_within_the_grace_is_a_503(tmp_path: Path) -> None:
    def told(server: Locked) -> bytes:
        with connect(server.url) as connection:
            connection.sendall(CREATE)
            server.wait_for_create()
            stopping = threading.Thread(target=server.stop)
            stopping.start()
            heard = _rest(connection)
            server.release()
            stopping.join(PATIENCE)
            return heard

    fast, ordinary = _on_both_ways(tmp_path, told)
    assert fast == ordinary
    assert fast.startswith(b"HTTP/1.1 503 Service Unavailable")
    assert b"The server is stopping" in fast


def _toggle(path: str, turn: Any, done: Any) -> None:
    """Take a key away and bring it back, each time that it is this process's turn."""
    digest = hashlib.sha256(API_KEY.encode()).hexdigest()
    with sqlite3.connect(path, isolation_level=None, timeout=PATIENCE) as database:
        for number in range(40):
            turn.acquire()
            now, then = (digest, "gone") if number % 2 == 0 else ("gone", digest)
            database.execute("UPDATE api_key SET digest = ? WHERE digest = ?", (then, now))
            done.release()


def test_no_answer_is_older_than_another_processs_change_of_a_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    settings = Settings(_env_file=None, database_url=f"sqlite:///{path}", fast_path=True)
    app = create_app(settings)
    spawning = multiprocessing.get_context("spawn")
    turn, done = spawning.Semaphore(0), spawning.Semaphore(0)
    is_over = threading.Event()

    def ask_on_and_on() -> None:
        with connect(url) as connection:
            while not is_over.is_set():
                connection.sendall(ASKED)
                connection.recv(65_536)

    with served(app, http=FastProtocol, **_OPTIONS) as url:
        assert httpx.get(f"{url}{PING}", headers=WITH_KEY).status_code == 200
        other = spawning.Process(target=_toggle, args=[str(path), turn, done])
        others = [threading.Thread(target=ask_on_and_on) for _ in range(4)]
        other.start()
        for each in others:
            each.start()
        try:
            with connect(url) as connection:
                for number in range(40):
                    turn.release()
                    assert done.acquire(timeout=PATIENCE)
                    connection.sendall(ASKED)
                    expected = b"HTTP/1.1 401 " if number % 2 == 0 else b"HTTP/1.1 200 "
                    assert connection.recv(65_536).startswith(expected)
        finally:
            is_over.set()
            for each in others:
                each.join(PATIENCE)
            other.join(PATIENCE)
