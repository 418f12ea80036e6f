"""Answers leave together, whole and in order, over real sockets."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import API_KEY, ServerProcess, server_process

_DETAIL = (
    "GET /api/deferred/detail/456f1234-e89b-12d3-a456-426655440000 HTTP/1.1\r\n"
    f"Host: x\r\nX-TagshelfAPI-Key: {API_KEY}\r\nX-Request-ID: number-%d\r\n\r\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    path: Path = tmp_path_factory.mktemp("gathered") / "alfred-mock.db"
    with server_process("--database-url", f"sqlite:///{path}") as server:
        yield server


def _talk(server: ServerProcess, sent: bytes) -> bytes:
    """Everything that the server says to these bytes, until it hangs up."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def test_pipelined_requests_are_answered_in_order(server: ServerProcess) -> None:
    requests = b"".join((_DETAIL % number).encode() for number in range(50))
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(requests)
        answers = connection.makefile("rb")
        for number in range(50):
            head = []
            while (line := answers.readline()) != b"\r\n":
                head.append(line.strip())
            assert head[0] == b"HTTP/1.1 404 Not Found"
            assert b"x-request-id: number-%d" % number in head
            length = next(line for line in head if line.startswith(b"content-length: "))
            body = answers.read(int(length.split()[1]))
            assert body.startswith(b'{"error":"Not Found"')
            assert body.endswith(b"}")


def test_a_large_answer_arrives_whole(server: ServerProcess) -> None:
    answer = _talk(server, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: %d" % len(body) in head
    assert body.endswith(b"}")


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"\x16\x03\x01\r\n"]
)
def test_what_is_no_http_is_refused_in_the_documented_shape(
    server: ServerProcess, sent: bytes
) -> None:
    head, _, body = _talk(server, sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert body == b'{"error":"Bad Request","message":"Invalid HTTP request received."}'
