"""Clients that go away while they are answered: the journal knows, and the log says nothing."""

import logging
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.engine.http_protocol import Protocol
from alfred_mock.main import create_app
from tests.alfred.calls import DOWNLOAD
from tests.control.faults.serving import PATIENCE, PING, connect, served
from tests.control.journal.calls import JOURNAL
from tests.support import API_KEY, WITH_KEY

_ABORT = struct.pack("ii", 1, 0)
_SIZE = 20_000_000


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("vanished") / "alfred-mock.db"
    app = create_app(Settings(_env_file=None, database_url=f"sqlite:///{path}"))
    with served(app, loop=request.param, http=Protocol, ws="none") as address:
        yield address


@pytest.fixture(autouse=True)
def nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def _get(path: str, **headers: str) -> bytes:
    lines = {"Host": "x", "X-TagshelfAPI-Key": API_KEY, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()


def _slow(milliseconds: int) -> dict[str, str]:
    return {"X-Alfred-Mock-Fault": f'{{"delay_ms": {milliseconds}}}'}


def _entry(url: str, **filters: Any) -> dict[str, Any]:
    with httpx.Client(base_url=url, timeout=PATIENCE) as http:
        answer = http.get(f"{JOURNAL}/wait", params={"timeout": 15, **filters})
    assert answer.status_code == 200, answer.text
    entry: dict[str, Any] = answer.json()["requests"][-1]
    return entry


@pytest.mark.parametrize(("how", "path"), [("reset", PING), ("close", "/api/tag/all")])
def test_a_client_that_did_not_wait_for_its_answer(url: str, how: str, path: str) -> None:
    with connect(url) as connection:
        connection.sendall(_get(path, **_slow(300)))
        time.sleep(0.1)
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    entry = _entry(url, path=path)
    assert entry["status"] == 0
    assert entry["reason"] == "the client had gone before its answer was sent"


def test_a_client_that_only_sends_no_more_has_got_its_answer(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(_get(f"{PING}?half", **_slow(100)))
        connection.shutdown(socket.SHUT_WR)
        assert connection.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
    assert _entry(url, path=PING, status=200)["query"] == "half"


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_client_that_leaves_in_the_midst_of_a_download(url: str, how: str) -> None:
    with httpx.Client(base_url=url, headers=WITH_KEY, timeout=PATIENCE) as http:
        session = http.post("/api/deferred/create").json()["session_id"]
        file = http.post(
            "/api/file/uploadfile",
            data={"session_id": session},
            files={"file": ("a.bin", b"x" * _SIZE)},
        ).json()["file_id"]
    with connect(url) as connection:
        connection.sendall(_get(f"{DOWNLOAD}/{file}"))
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    entry = _entry(url, path=f"{DOWNLOAD}/{file}")
    assert (entry["status"], entry["reason"]) == (
        0,
        "the client had gone before its answer was sent",
    )
