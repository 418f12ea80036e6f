"""Downloads: whole, in part, and broken off."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from alfred_mock.alfred.files.download import FileReply, range_of
from alfred_mock.core.errors import RangeNotSatisfiable
from alfred_mock.core.ids import Ids
from alfred_mock.core.storage import ContentGone, StorageUnavailable
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.engine.http_protocol import Protocol

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(100))
MD5 = "5Lm1yJ7sTyP9LmJ9wdGhLg=="
ETAG = f'"{MD5}"'
_PIECE = 30
_COMPANY, _FILE = Ids().uuid(), Ids().uuid()


class _Storage:
    """Has one file's content, of which nothing is there from byte `until` on."""

    def __init__(
        self, content: bytes = CONTENT, *, until: int = 100, error: Exception | None = None
    ) -> None:
        self._content, self._until, self._error = content, until, error or ContentGone()

    async def read(
        self, company_id: str, file_id: str, first: int, size: int
    ) -> AsyncIterator[bytes]:
        assert (company_id, file_id) == (_COMPANY, _FILE)
        for start in range(first, first + size, _PIECE):
            stop = min(start + _PIECE, first + size)
            if stop > self._until:
                raise self._error
            yield self._content[start:stop]


def _reply(storage: _Storage | None = None, **changed: Any) -> FileReply:
    file = {
        "company_id": _COMPANY,
        "id": _FILE,
        "file_name": "a.bin",
        "content_type": "image/png",
        "file_size": len(CONTENT),
        "md5_hash": MD5,
    }
    row = SimpleNamespace(**{name: changed.pop(name, value) for name, value in file.items()})
    return FileReply(storage or _Storage(), row, **changed)  # type: ignore[arg-type]


async def _messages(reply: FileReply) -> list[Any]:
    """What the server is told to send."""
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("there is nothing to receive")

    async def send(message: Any) -> None:
        sent.append(message)

    await reply({"type": "http"}, receive, send)
    return sent


async def _answer(reply: FileReply) -> tuple[int, dict[str, str], bytes]:
    start, *rest = await _messages(reply)
    assert [message.get("more_body", False) for message in rest][-1:] == [False]
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, b"".join(message.get("body", b"") for message in rest)


async def test_a_download_says_all_about_the_file() -> None:
    status, headers, body = await _answer(_reply())
    assert (status, body) == (200, CONTENT)
    assert headers == {
        "content-type": "image/png",
        "content-length": "100",
        "content-disposition": "attachment; filename=a.bin",
        "accept-ranges": "bytes",
        "etag": ETAG,
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox",
    }


async def test_the_download_of_nothing_is_empty() -> None:
    status, headers, body = await _answer(_reply(_Storage(b""), file_size=0))
    assert (status, headers["content-length"], body) == (200, "0", b"")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-49", 10, 49),
        ("bytes=99-", 99, 99),
        ("bytes=0-", 0, 99),
        ("bytes=90-1000", 90, 99),
        ("bytes=-1", 99, 99),
        ("bytes=-1000", 0, 99),
        ("Bytes= 5-6 ", 5, 6),
        ("bytes=0-" + 300 * "9", 0, 99),
    ],
)
async def test_a_range_is_a_part(asked: str, first: int, last: int) -> None:
    status, headers, body = await _answer(_reply(range_header=asked))
    assert (status, body) == (206, CONTENT[first : last + 1])
    assert headers["content-range"] == f"bytes {first}-{last}/100"
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes=",
        "bytes=-",
        "bytes=6-5",
        "bytes=a-b",
        "bytes=1",
        "bytes=--1",
        "bytes=+1-2",
        "bytes=\u0661-\u0662",
        "bytes=" + 5000 * "9" + "-",
        "items=0-1",
        "0-1",
        "",
    ],
)
async def test_what_is_not_one_range_is_ignored(asked: str) -> None:
    status, headers, body = await _answer(_reply(range_header=asked))
    assert (status, body) == (200, CONTENT)
    assert "content-range" not in headers


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_without_a_byte_is_refused_before_anything_is_sent(asked: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as error:
        _reply(range_header=asked)
    assert error.value.headers == {"Content-Range": "bytes */100"}


def test_nothing_has_no_range_but_its_end() -> None:
    assert range_of("bytes=-5", 0) is None
    with pytest.raises(RangeNotSatisfiable):
        range_of("bytes=0-", 0)


@pytest.mark.parametrize(
    ("if_range", "status"),
    [
        (None, 206),
        (ETAG, 206),
        (f"W/{ETAG}", 200),
        ('"another"', 200),
        ("Sat, 29 Oct 1994 19:43:31 GMT", 200),
    ],
)
async def test_a_range_is_of_the_file_that_was_meant(if_range: str | None, status: int) -> None:
    reply = _reply(range_header="bytes=0-1", if_range=if_range)
    assert (await _answer(reply))[0] == status


def test_a_range_of_another_file_is_not_even_looked_at() -> None:
    assert _reply(range_header="bytes=100-", if_range='"another"').status_code == 200


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        ('multipart/x; boundary="a b"', 'multipart/x; boundary="a b"'),
        ("", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("text/plain\r\nSet-Cookie: a=b", "application/octet-stream"),
        ("text/plain; a=\n", "application/octet-stream"),
        ("text/plain\n", "application/octet-stream"),
        ("téxt/plain", "application/octet-stream"),
    ],
)
async def test_a_content_type_that_is_no_header_is_not_sent(stored: str, sent: str) -> None:
    _, headers, _ = await _answer(_reply(content_type=stored))
    assert headers["content-type"] == sent


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ContentGone(), 404),
        (DatabaseUnavailable("it is down"), 503),
        (StorageUnavailable("it is down"), 503),
    ],
)
async def test_content_that_is_not_there_is_an_error(error: Exception, status: int) -> None:
    got, headers, body = await _answer(_reply(_Storage(until=0, error=error)))
    assert (got, headers["content-type"]) == (status, "application/json")
    assert body.startswith(b'{"error":')


@asynccontextmanager
async def _served(reply: FileReply) -> AsyncIterator[int]:
    """The port on which a server sends this reply to whoever asks."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await reply(scope, receive, send)

    config = uvicorn.Config(app, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*state.tasks)


@pytest.mark.parametrize("error", [ContentGone(), StorageUnavailable("it is down")])
async def test_a_download_that_cannot_go_on_breaks_the_connection(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async with _served(_reply(_Storage(until=70, error=error))) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(20):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    assert b"content-length: 100" in head
    assert body == CONTENT[:60]
    ours = [record for record in caplog.records if record.name == "alfred_mock"]
    assert [record.levelno for record in ours] == [logging.WARNING]
    assert _FILE in ours[0].getMessage()
    assert not any(record.exc_info for record in caplog.records)


async def test_a_download_arrives_whole_over_a_connection() -> None:
    async with _served(_reply()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(20):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == CONTENT
