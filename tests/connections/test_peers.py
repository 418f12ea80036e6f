"""Realtime connections of a server with several workers: each request comes to the right one."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from alfred_mock.connections.peers import Peers
from tests.support import API_KEY, server_process

PATH = "/socket.io/"
OPENING = {"apiKey": API_KEY, "EIO": "4", "transport": "polling"}
NAME = "0123456789abcdef"


@pytest.mark.parametrize(
    ("request_line", "owner"),
    [
        (f"GET /socket.io/?EIO=4&sid={NAME}.token&t=1 HTTP/1.1", NAME),
        (f"POST /socket.io/?sid={NAME}.token HTTP/1.1", NAME),
        (f"GET /socket.io/?sid={NAME} HTTP/1.1", None),
        ("GET /socket.io/?sid=../../../etc/pass.x HTTP/1.1", None),
        ("GET /socket.io/?sid=0123456789ABCDEF.x HTTP/1.1", None),
        ("GET /socket.io/?EIO=4 HTTP/1.1", None),
        (f"GET /api?sid={NAME}.token HTTP/1.1", None),
        (f"GET /socket.io/ HTTP/1.1\r\nX: ?sid={NAME}.token", None),
        ("GET /socket", None),
        ("", None),
    ],
)
def test_the_owner_is_told_by_the_first_line(
    tmp_path: Path, request_line: str, owner: str | None
) -> None:
    assert Peers(tmp_path).owner_of(f"{request_line}\r\nHost: x\r\n\r\n".encode()) == owner


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with several workers."""
    database = f"sqlite:///{tmp_path_factory.mktemp('peers') / 'alfred-mock.db'}"
    with server_process("--database-url", database, "--workers", "3") as server:
        yield server.url


def _new_connections(url: str) -> httpx.Client:
    """A client that opens a connection for each request, to whichever worker takes it."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=url, timeout=30, limits=limits)


def test_each_request_of_a_connection_reaches_its_worker(url: str) -> None:
    with _new_connections(url) as http:
        joined = set()
        for _ in range(5):
            query = _opened(http)
            assert http.post(PATH, params=query, content="40").text == "ok"
            said = http.get(PATH, params=query).text
            joined.add(json.loads(said.removeprefix("40"))["sid"])
            for _ in range(5):
                assert http.post(PATH, params=query, content="3").text == "ok"
        shown = http.get("/__admin/connections").json()["connections"]
        assert {connection["id"] for connection in shown} == joined


def test_a_connection_that_was_handed_over_is_like_any_other(url: str) -> None:
    with _new_connections(url) as others, httpx.Client(base_url=url, timeout=30) as http:
        for _ in range(10):
            query = _opened(others)
            assert http.post(PATH, params=query, content="3").text == "ok"
            assert http.get("/livez").json() == {"status": "ok"}
            large = http.post(PATH, params=query, content="42" + "x" * 300_000)
            assert large.text == "ok"


def test_the_connections_of_a_worker_that_has_gone_are_unknown(url: str) -> None:
    with _new_connections(url) as http:
        query = _opened(http)
        token = query["sid"].partition(".")[2]
        answer = http.get(PATH, params={**query, "sid": f"{NAME}.{token}"})
        assert (answer.status_code, answer.json()["code"]) == (400, 1)
        assert http.post(PATH, params=query, content="3").text == "ok"


def _opened(http: httpx.Client) -> dict[str, str]:
    """The query of a connection that some worker has opened."""
    begun = json.loads(http.get(PATH, params=OPENING).text.removeprefix("0"))
    return {**OPENING, "sid": begun["sid"]}


def test_nothing_is_left_behind(sqlite_url: str) -> None:
    arguments = ["--database-url", sqlite_url, "--workers", "2"]
    with (
        TemporaryDirectory() as temporary,  # a socket's path must be short
        server_process(*arguments, TMPDIR=temporary) as server,
    ):
        (folder,) = Path(temporary).iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        assert server.stop(signal.SIGTERM)[0] == 0
        assert list(Path(temporary).iterdir()) == []


def test_a_folder_whose_path_is_too_long_keeps_no_server_from_starting(
    sqlite_url: str, tmp_path: Path
) -> None:
    temporary = tmp_path / ("x" * 100)
    temporary.mkdir()
    arguments = ["--database-url", sqlite_url, "--workers", "2"]
    with server_process(*arguments, TMPDIR=str(temporary)) as server:
        assert httpx.get(f"{server.url}/livez").status_code == 200
        _, _, log = server.stop(signal.SIGTERM)
    assert "realtime connections need a single worker: AF_UNIX path too long" in log
