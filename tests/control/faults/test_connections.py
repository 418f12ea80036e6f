"""Connections that end without an answer, as a client sees them over a socket."""

import asyncio
from contextlib import closing

import httpx
import pytest

from tests.control.faults.serving import PATIENCE, PING, RAW_GET, RAW_POST, connect, make_over
from tests.support import WITH_KEY


@pytest.mark.parametrize("after", [False, True])
def test_a_reset_connection(http: httpx.Client, url: str, after: bool) -> None:
    make_over(http, effect={"connection": "reset", "after": after}, times=2)
    with closing(connect(url)) as connection:
        connection.sendall(RAW_GET)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with pytest.raises(httpx.ReadError):
        http.get(PING)
    assert http.get(PING).status_code == 200


@pytest.mark.parametrize("after", [False, True])
def test_a_closed_connection(http: httpx.Client, url: str, after: bool) -> None:
    make_over(http, effect={"connection": "close", "after": after}, times=2)
    with closing(connect(url)) as connection:
        connection.sendall(RAW_GET)
        assert connection.recv(1) == b""
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(PING)
    assert http.get(PING).status_code == 200


@pytest.mark.parametrize("after", [False, True])
def test_a_connection_is_closed_only_after_the_body(
    http: httpx.Client, url: str, after: bool
) -> None:
    make_over(http, effect={"connection": "close", "after": after})
    body = b"x" * 500_000
    with closing(connect(url)) as connection:
        connection.sendall(RAW_POST % len(body) + body)
        assert connection.recv(1) == b""


def test_requests_behind_one_that_ends_the_connection(http: httpx.Client, url: str) -> None:
    make_over(http, sequence=[None, {"connection": "close"}])
    with closing(connect(url)) as connection:
        connection.sendall(RAW_GET * 4)
        answers = connection.makefile("rb").read()
    assert answers.count(b"HTTP/1.1 200 OK") == 1
    assert answers.endswith(b"}")


def test_each_of_many_connections_is_ended_by_itself(http: httpx.Client, url: str) -> None:
    make_over(http, effect={"connection": "reset"}, match={"header": {"X-Unlucky": "yes"}})

    async def ask(client: httpx.AsyncClient, number: int) -> int:
        try:
            headers = {"X-Unlucky": "yes" if number % 2 else "no"}
            return (await client.get(PING, headers=headers)).status_code
        except httpx.ReadError:
            return 0

    async def ask_all() -> list[int]:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, headers=WITH_KEY) as client:
            return await asyncio.gather(*(ask(client, number) for number in range(20)))

    assert asyncio.run(ask_all()) == [200, 0] * 10


def test_ending_connections_is_nothing_to_log(
    http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    ends = [{"connection": "reset"}, {"connection": "close"}, {"body": "truncated"}]
    make_over(http, sequence=ends)
    for _ in ends:
        with pytest.raises(httpx.TransportError):
            http.get(PING)
    assert http.get(PING).status_code == 200
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
