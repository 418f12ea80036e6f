"""Requests and connections that end otherwise than they should, over real sockets."""

import json
import logging
import socket
import time
from collections.abc import Iterator

import pytest

from alfred_mock.testing import AlfredMock
from tests.engine.test_http_protocol import KEY, LOGIN_FORM, post, talking

CREATE = post("/api/deferred/create", b"")
CHUNKED = f"POST /api/job/create HTTP/1.1\r\n{KEY}Transfer-Encoding: chunked\r\n\r\n".encode()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with AlfredMock(demo=True) as server:
        yield server.url


@pytest.fixture(autouse=True)
def nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "cut_off", [b"nonsense\r\n\r\n", CHUNKED + b"zz\r\n", CHUNKED + b"5\r\nab"]
)
def test_what_is_no_request_costs_no_answer_to_those_before_it(url: str, cut_off: bytes) -> None:
    with talking(url) as (connection, answers):
        connection.sendall(CREATE + CREATE + cut_off)
        connection.shutdown(socket.SHUT_WR)
        for _ in range(2):
            assert "session_id" in json.loads(answers.next()[2])
        assert answers.is_over()


def test_a_body_that_is_none_is_refused_on_the_spot(url: str) -> None:
    with talking(url) as (connection, answers):
        connection.sendall(CHUNKED + b"zz\r\n")
        assert answers.next()[0] == 400
        assert answers.is_over()


def test_a_trailer_is_no_header(url: str) -> None:
    without_key = b"POST /api/job/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with talking(url) as (connection, answers):
        connection.sendall(without_key + b"0\r\n" + KEY.encode() + b"\r\n")
        assert answers.next()[0] == 401
        connection.sendall(CREATE)
        assert answers.next()[0] == 200


def test_trailers_have_a_size(url: str) -> None:
    with talking(url) as (connection, answers):
        connection.sendall(CHUNKED + b"0\r\nX: ")
        for _ in range(4):
            connection.sendall(b"x" * 20_000)
        assert answers.next()[0] == 400
        assert answers.is_over()


@pytest.mark.parametrize(
    "sent",
    [
        f"POST /token HTTP/1.1\r\n{KEY}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    ],
)
def test_what_this_server_does_not_do_is_told(url: str, sent: str) -> None:
    with talking(url) as (connection, answers):
        connection.sendall(sent.encode())
        status, _, body = answers.next()
        assert (status, json.loads(body)["error"]) == (501, "Not Implemented")


def test_a_client_that_is_still_sending_can_read_why_it_was_refused(url: str) -> None:
    size = 4_000_000
    head = f"POST /api/job/create HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n"
    with talking(url) as (connection, answers):
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + b"x" * 100_000)
        time.sleep(0.2)
        for _ in range(5):
            connection.sendall(b"x" * 100_000)
        status, headers, _ = answers.next()
        assert (status, headers["connection"]) == (401, "close")
        assert answers.is_over()


def test_what_is_held_back_is_sent_to_a_client_that_is_done(url: str) -> None:
    for _ in range(20):
        with talking(url) as (connection, answers), talking(url) as (other, its_answers):
            connection.sendall(post("/token", LOGIN_FORM))
            other.sendall(CREATE)
            connection.shutdown(socket.SHUT_WR)
            other.shutdown(socket.SHUT_WR)
            assert answers.next()[0] == its_answers.next()[0] == 200


def test_the_server_waits_longer_than_it_says() -> None:
    with AlfredMock(keep_alive=1) as server, talking(server.url) as (connection, answers):
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answers.next()[1]["keep-alive"] == "timeout=1"
        begun = time.monotonic()
        assert answers.is_over()
        assert 1.5 < time.monotonic() - begun < 10
