"""Which connections become a WebSocket, and that a server that stops waits for none of them."""

import base64
import os
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.engine import http_protocol
from alfred_mock.testing import AlfredMock
from tests.control.faults.serving import connect
from tests.support import API_KEY, server_process

GRACE_SECONDS = Settings.model_fields["grace"].default
OPENING = f"/socket.io/?apiKey={API_KEY}&EIO=4&transport=websocket"
POLLING = f"/socket.io/?apiKey={API_KEY}&EIO=4&transport=polling"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with AlfredMock(demo=True) as server:
        yield server.url


def _head(target: str, *more: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {target} HTTP/1.1",
        "Host: alfred.test",
        "Connection: keep-alive, Upgrade",
        "Upgrade: WebSocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *more,
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def _status_of(connection: socket.socket) -> int:
    with connection.makefile("rb") as file:
        return int(file.readline().split()[1])


def _frame(text: str) -> bytes:
    """A text frame of a client, with a mask of zeros."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text.encode()


def _text(connection: socket.socket) -> str:
    kind, length = connection.recv(2, socket.MSG_WAITALL)
    assert kind == 0x81
    if length == 126:
        length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
    return connection.recv(length, socket.MSG_WAITALL).decode()


def _skip_head(connection: socket.socket) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    assert head.startswith(b"HTTP/1.1 101 "), head


@pytest.mark.parametrize("origin", [(), ("Origin: http://alfred.test",), ("Origin: http://x",)])
def test_a_realtime_connection_becomes_a_websocket(url: str, origin: tuple[str, ...]) -> None:
    with connect(url) as connection:
        connection.sendall(_head(OPENING, *origin))
        _skip_head(connection)
        assert _text(connection).startswith('0{"sid":"')
        connection.sendall(_frame("40"))
        assert _text(connection).startswith('40{"sid":"')


def test_a_connection_that_was_used_before_can_become_one(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b'{"status":"ok"}' in connection.recv(4_096)
        connection.sendall(_head(OPENING))
        _skip_head(connection)


def test_an_unknown_connection_is_refused_in_http(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(_head(f"{OPENING}&sid=unknown"))
        assert _status_of(connection) == 400


@pytest.mark.parametrize(
    ("target", "more", "status"),
    [
        ("/livez", (), 200),
        ("/socket.io", (), 404),
        ("/socket.io/x", (), 404),
        (POLLING, (), 101),
        (OPENING, ("Host: another.test",), 400),
    ],
)
def test_no_other_request_does(url: str, target: str, more: tuple[str, ...], status: int) -> None:
    expected = 400 if target == POLLING else status  # taken over, and refused by Engine.IO
    with connect(url) as connection:
        connection.sendall(_head(target, *more))
        assert _status_of(connection) == expected


def test_without_a_library_the_offer_is_ignored(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "websocket_protocol", lambda: None)
    with connect(url) as connection:
        connection.sendall(_head(POLLING))
        assert _status_of(connection) == 200


def test_no_key_reaches_the_log_even_in_debug(sqlite_url: str) -> None:
    arguments = ["--database-url", sqlite_url, "--log-level", "debug", "--access-log"]
    with server_process(*arguments) as server:
        with connect(server.url) as websocket:
            websocket.sendall(_head(OPENING))
            _skip_head(websocket)
        assert httpx.get(f"{server.url}{POLLING}").status_code == 200
        _, _, log = server.stop()
    assert "/socket.io/" in log
    assert API_KEY not in log


def test_a_server_that_stops_waits_for_no_client(sqlite_url: str) -> None:
    with (
        server_process("--database-url", sqlite_url) as server,
        connect(server.url) as polling,
        connect(server.url) as websocket,
        connect(server.url) as other,
    ):
        polling.sendall(f"GET {POLLING} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        sid = polling.recv(4_096).decode().partition('"sid":"')[2].partition('"')[0]
        polling.sendall(f"GET {POLLING}&sid={sid} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        websocket.sendall(_head(OPENING))
        _skip_head(websocket)
        # What was sent before is taken in before this.
        other.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        other.recv(4_096)
        begun = time.monotonic()
        status, _, log = server.stop()
        assert (status, time.monotonic() - begun < GRACE_SECONDS) == (0, True)
        assert "graceful" not in log
        assert polling.recv(1) == b""


def test_a_connection_that_breaks_off_ends_its_poll(url: str) -> None:
    admin = f"{url}/__admin/connections"
    with connect(url) as polling:
        polling.sendall(f"GET {POLLING} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        sid = polling.recv(4_096).decode().partition('"sid":"')[2].partition('"')[0]
        assert httpx.post(f"{url}{POLLING}&sid={sid}", content="40").text == "ok"
        assert len(httpx.get(admin).json()["connections"]) == 1
        polling.sendall(f"GET {POLLING}&sid={sid} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert b"40{" in polling.recv(4_096)
        polling.sendall(f"GET {POLLING}&sid={sid} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    deadline = time.monotonic() + 10
    while httpx.get(admin).json()["connections"]:
        assert time.monotonic() < deadline
