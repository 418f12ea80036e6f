"""Answers that are late, slow or incomplete, as a client sees them over a socket."""

import json
import time
from contextlib import closing

import httpx
import pytest

from tests.control.faults.serving import CREATE, PING, RAW_GET, RAW_POST, connect, make_over


def test_a_truncated_answer(http: httpx.Client, url: str) -> None:
    whole = http.get(PING).content
    make_over(http, effect={"body": "truncated"}, times=2)
    with closing(connect(url)) as connection:
        connection.sendall(RAW_GET)
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert b"content-length: %d\r\n" % len(whole) in head
    assert body == whole[: len(whole) // 2]
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(PING)


def test_a_large_truncated_answer_arrives_as_far_as_it_goes(http: httpx.Client, url: str) -> None:
    message = "x" * 4096
    make_over(http, effect={"status": 502, "message": message, "body": "truncated"})
    body = b"x" * 500_000
    with closing(connect(url)) as connection:
        connection.sendall(RAW_POST % len(body) + body)
        answer = connection.makefile("rb").read().partition(b"\r\n\r\n")[2]
    whole = len(f'{{"error":"Bad Gateway","message":"{message}"}}')
    assert len(answer) == whole // 2


def test_a_malformed_and_an_empty_answer_are_complete(http: httpx.Client) -> None:
    make_over(http, sequence=[{"body": "malformed"}, {"body": "empty"}])
    with pytest.raises(json.JSONDecodeError):
        http.get(PING).json()
    assert http.get(PING).content == b""
    assert http.get(PING).status_code == 200


def test_an_error_that_does_not_wait_for_the_body_leaves_the_connection_usable(
    http: httpx.Client, url: str
) -> None:
    make_over(http, effect={"status": 429}, times=1)
    body = b"x" * 500_000
    with closing(connect(url)) as connection:
        connection.sendall(
            RAW_POST % len(body)
            + body
            + RAW_GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        )
        answers = connection.makefile("rb").read()
    assert answers.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 1


def test_a_delay_and_a_drip(http: httpx.Client) -> None:
    make_over(http, sequence=[{"delay_ms": 50}, {"drip_ms": 50}, {"drip_ms": 50, "status": 502}])
    for status in (200, 200, 502):
        begun = time.monotonic()
        answer = http.get(PING)
        assert time.monotonic() - begun >= 0.049
        assert answer.status_code == status
        assert answer.json()


def test_a_body_drips_in_pieces(http: httpx.Client) -> None:
    make_over(http, effect={"drip_ms": 50})
    with http.stream("GET", PING) as answer:
        pieces = list(answer.iter_raw())
    assert len(pieces) > 1
    assert b"".join(pieces) == b'{"pong":"API Key 1"}'


def test_a_delay_holds_nobody_else_up(http: httpx.Client, url: str) -> None:
    make_over(http, effect={"delay_ms": 600_000}, match={"path": CREATE})
    with closing(connect(url)) as connection:
        connection.sendall(RAW_POST % 0)
        assert http.get(PING).status_code == 200
