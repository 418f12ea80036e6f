"""Uploads as they come over a real connection: large ones, and ones that break off."""

import base64
import hashlib
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.alfred.calls import (
    BOUNDARY,
    DOWNLOAD,
    FILE,
    SESSION_CREATE,
    UPLOAD,
    Part,
    form,
    form_headers,
)
from tests.alfred.files.contents import MIB
from tests.support import API_KEY, WITH_KEY, server_process

SIZE = 50 * MIB


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers=WITH_KEY, trust_env=False, timeout=60)


def _session(client: httpx.Client) -> str:
    return str(client.post(SESSION_CREATE).json()["session_id"])


def _pieces() -> Iterator[bytes]:
    for number in range(50):
        yield number.to_bytes(4, "big") * (MIB // 4)


def _large_form(session_id: str) -> Iterator[bytes]:
    whole = form(Part("session_id", session_id.encode()), Part("file", b"{}", "large.bin"))
    before, after = whole.split(b"{}")
    yield before
    yield from _pieces()
    yield after


def _most_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("only Linux tells how much memory a process has had")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_a_large_file_goes_through_without_ever_being_in_memory(database_url: str) -> None:
    arguments = ("--database-url", database_url)
    with server_process(*arguments) as server, _client(server.url) as client:
        small = {"file": ("small.bin", b"x" * MIB)}
        answer = client.post(UPLOAD, data={"session_id": _session(client)}, files=small)
        client.get(f"{DOWNLOAD}/{answer.json()['file_id']}")
        before = _most_memory(server.process.pid)

        answer = client.post(UPLOAD, content=_large_form(_session(client)), headers=form_headers())
        file_id = answer.json()["file_id"]
        md5 = hashlib.md5(usedforsecurity=False)
        with client.stream("GET", f"{DOWNLOAD}/{file_id}") as download:
            for piece in download.iter_bytes():
                md5.update(piece)

        assert _most_memory(server.process.pid) - before < SIZE // 3
        expected = hashlib.md5(b"".join(_pieces()), usedforsecurity=False)
        assert md5.digest() == expected.digest()
        detail = client.get(f"{FILE}/{file_id}").json()
        assert detail["file_size"] == SIZE
        assert detail["md5_hash"] == base64.b64encode(expected.digest()).decode()


@pytest.mark.parametrize("sent", [0, 100, 200_000, 5_000_000])
def test_nothing_is_stored_of_an_upload_whose_client_goes_away(tmp_path: Path, sent: int) -> None:
    path = tmp_path / "alfred-mock.db"
    arguments = ("--access-log", "--database-url", f"sqlite:///{path}")
    with server_process(*arguments) as server, _client(server.url) as client:
        parts = Part("session_id", _session(client).encode()), Part("file", b"x" * 6_000_000, "a")
        body = form(*parts)
        head = (
            f"POST {UPLOAD} HTTP/1.1\r\nHost: alfred.test\r\nContent-Length: {len(body)}\r\n"
            f"X-TagshelfAPI-Key: {API_KEY}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
        )
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
            connection.sendall(head.encode() + body[:sent])
        assert client.get("/livez").status_code == 200
        client.close()
        status, _, errors = server.stop()
    assert status == 0
    assert "Traceback" not in errors
    assert "the client went away before its request was complete" in errors
    database = sqlite3.connect(path)
    for table in ("file", "file_content", "file_name"):
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608
    database.close()
