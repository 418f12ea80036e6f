"""HTTP as real clients speak it, over real sockets."""

import json
import logging
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from alfred_mock.connections.client_limits import UNREAD_BYTES, Limits
from alfred_mock.core.settings import Settings
from alfred_mock.engine.http_protocol import Protocol
from alfred_mock.main import create_app
from alfred_mock.testing import AlfredMock
from tests.control.faults.serving import connect, served
from tests.support import API_KEY

KEY = f"Host: x\r\nX-TagshelfAPI-Key: {API_KEY}\r\n"
LOGIN_FORM = b"grant_type=password&username=SuperTagShelf&password=demo-password"
LONG = "x" * 70_000


class _Impatient(Protocol):
    limits = Limits(head_seconds=0.2, body_seconds=0.2)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with AlfredMock(demo=True) as server:
        yield server.url


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("impatient") / "alfred-mock.db"
    app = create_app(Settings(_env_file=None, database_url=f"sqlite:///{path}"))
    with served(app, http=_Impatient, ws="none", timeout_keep_alive=1) as address:
        yield address


class Answers:
    """Reads answers off a connection, one after the other."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def next(self) -> tuple[int, dict[str, str], bytes]:
        status = int(self._file.readline().split()[1])
        headers = {}
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(": ")
            headers[name] = value.strip()
        return status, headers, self._file.read(int(headers["content-length"]))

    def is_over(self) -> bool:
        return self._file.read() == b""


@contextmanager
def talking(url: str) -> Iterator[tuple[socket.socket, Answers]]:
    with connect(url) as connection, connection.makefile("rb") as file:
        yield connection, Answers(file)


def post(path: str, body: bytes, *headers: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"POST {path} HTTP/1.1", *headers))
    return f"{head}{KEY}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "TLS/1.0", "something-else"])
@pytest.mark.parametrize("pieces", [1, 2])
def test_an_upgrade_that_is_not_taken_is_ignored(url: str, upgrade: str, pieces: int) -> None:
    request = post(
        "/token",
        LOGIN_FORM,
        "Connection: Upgrade, HTTP2-Settings",
        f"Upgrade: {upgrade}",
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    )
    cut = len(request) - 20 if pieces == 2 else len(request)
    with talking(url) as (connection, answers):
        connection.sendall(request[:cut])
        if cut < len(request):
            connection.sendall(request[cut:])
        assert answers.next()[0] == 200
        connection.sendall(post("/api/deferred/create", b""))
        assert answers.next()[0] == 200


def test_a_chunked_body_behind_an_upgrade_is_read(url: str) -> None:
    head = f"POST /token HTTP/1.1\r\n{KEY}Connection: Upgrade\r\nUpgrade: h2c\r\n"
    with talking(url) as (connection, answers):
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(LOGIN_FORM), LOGIN_FORM))
        assert answers.next()[0] == 200


def test_nothing_of_a_body_behind_an_upgrade_is_run_as_a_request(url: str) -> None:
    hidden = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    with talking(url) as (connection, answers):
        connection.sendall(post("/token", b"", "Connection: Upgrade", "Upgrade: h2c")[:-4])
        connection.sendall(b"\r\nX: y\r\n\r\n")
        assert answers.next()[0] == 400  # an empty form
        request = post("/token", hidden, "Connection: Upgrade", "Upgrade: h2c")
        connection.sendall(request[: -len(hidden)])
        connection.sendall(hidden)
        assert answers.next()[0] == 400  # no log-in, and that is all
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert json.loads(answers.next()[2]) == {"status": "ready"}
        assert answers.is_over()


@pytest.mark.parametrize("space", [" ", "\t", " \t "])
def test_white_space_around_a_value_is_no_part_of_it(url: str, space: str) -> None:
    request = (
        f"GET /api/tagshelf/ping HTTP/1.1\r\nHost:{space}x{space}\r\n"
        f"X-TagshelfAPI-Key:{space}{API_KEY}{space}\r\n\r\n"
    )
    with talking(url) as (connection, answers):
        connection.sendall(request.encode())
        assert answers.next()[0] == 200


def test_how_long_a_connection_may_rest_is_announced(url: str, impatient: str) -> None:
    with talking(url) as (connection, answers):
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answers.next()[1]["keep-alive"] == "timeout=75"
    with talking(impatient) as (connection, answers):
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answers.next()[0] == 200
        assert answers.is_over()


def test_a_client_that_has_shut_its_sending_side_gets_its_answers(url: str) -> None:
    with talking(url) as (connection, answers):
        connection.sendall(post("/token", LOGIN_FORM) + post("/api/deferred/create", b""))
        connection.shutdown(socket.SHUT_WR)
        assert answers.next()[0] == 200
        assert "session_id" in json.loads(answers.next()[2])
        assert answers.is_over()


def test_a_client_that_stops_in_the_midst_of_its_request_is_hung_up_on(url: str) -> None:
    with talking(url) as (connection, answers):
        connection.sendall(post("/token", LOGIN_FORM)[:-5])
        connection.shutdown(socket.SHUT_WR)
        assert answers.is_over()


@pytest.mark.parametrize(
    ("request_line", "header", "status"),
    [(f"GET /{LONG}", "", 414), ("GET /livez", f"X: {LONG}\r\n", 431)],
)
@pytest.mark.parametrize("piece", [1_000_000, 20_000])
def test_a_head_has_a_size(
    url: str, request_line: str, header: str, status: int, piece: int
) -> None:
    request = f"{request_line} HTTP/1.1\r\nHost: x\r\n{header}\r\n".encode()
    with talking(url) as (connection, answers):
        for begin in range(0, len(request), piece):
            connection.sendall(request[begin : begin + piece])
        refused, headers, body = answers.next()
        assert refused == status
        assert headers["connection"] == "close"
        assert json.loads(body).keys() == {"error", "message"}
        assert answers.is_over()


def test_a_head_just_within_its_size_is_read(url: str) -> None:
    request = f"GET /livez HTTP/1.1\r\nHost: x\r\nX: {'x' * 60_000}\r\n\r\n".encode()
    with talking(url) as (connection, answers):
        for begin in range(0, len(request), 20_000):
            connection.sendall(request[begin : begin + 20_000])
        assert answers.next()[0] == 200


@pytest.mark.parametrize("megabytes", [1, 20])
def test_an_endless_head_costs_nothing(url: str, megabytes: int) -> None:
    begun = time.process_time()
    with talking(url) as (connection, answers):
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: ")
        try:
            for _ in range(megabytes):
                connection.sendall(b"x" * 1_000_000)
        except (BrokenPipeError, ConnectionResetError):
            assert megabytes > 8  # it has been told for long
        else:
            assert answers.next()[0] == 431
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("sent", "what"),
    [(b"GET /livez HTTP/1.1\r\nHost", "head"), (post("/token", LOGIN_FORM)[:-5], "body")],
)
def test_a_client_that_is_too_slow_is_told_so(impatient: str, sent: bytes, what: str) -> None:
    with talking(impatient) as (connection, answers):
        connection.sendall(sent)
        status, _, body = answers.next()
        assert status == 408
        assert what in json.loads(body)["message"]
        assert answers.is_over()


def test_a_server_that_takes_its_time_blames_no_client(impatient: str) -> None:
    head = f"GET /api/tagshelf/ping HTTP/1.1\r\n{KEY}"
    with talking(impatient) as (connection, answers):
        connection.sendall(f'{head}X-Alfred-Mock-Fault: {{"delay_ms": 1500}}\r\n\r\n'.encode())
        assert answers.next()[0] == 200


@pytest.mark.parametrize(
    ("hosts", "version", "status"),
    [("", "1.1", 400), ("Host: a\r\nHost: b\r\n", "1.1", 400), ("", "1.0", 200)],
)
def test_a_request_has_one_host(url: str, hosts: str, version: str, status: int) -> None:
    with talking(url) as (connection, answers):
        connection.sendall(f"GET /livez HTTP/{version}\r\n{hosts}\r\n".encode())
        assert answers.next()[0] == status


def test_nonsense_does_not_cost_the_answer_to_what_came_before_it(url: str) -> None:
    with talking(url) as (connection, answers):
        connection.sendall(post("/api/deferred/create", b"") + b"nonsense\r\n\r\n")
        assert "session_id" in json.loads(answers.next()[2])
        assert answers.is_over()


def test_what_is_left_of_an_answered_body_is_thrown_away_up_to_a_bound(url: str) -> None:
    head = f"POST /api/deferred/create HTTP/1.1\r\n{KEY}Content-Length: {10**12}\r\n\r\n"
    with talking(url) as (connection, answers):
        connection.sendall(head.encode())
        assert answers.next()[0] == 200
        more = b"x" * (4 * UNREAD_BYTES)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            connection.sendall(more)


def test_a_reset_leaves_no_trace_in_the_log(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(10):
        with connect(url) as connection:
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 5)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with talking(url) as (connection, answers):
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answers.next()[0] == 200
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_silent_connection_is_probed() -> None:
    probed: list[int] = []

    class Watching(Protocol):
        def connection_made(self, transport: object) -> None:
            super().connection_made(transport)  # type: ignore[arg-type]
            connection = self.transport.get_extra_info("socket")
            probed.append(connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))

    app = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:"))
    with served(app, http=Watching) as address, talking(address) as (connection, answers):
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        answers.next()
    assert probed == [1]
