"""Bodies as the journal shows them: text, the beginning of long ones, no files."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest

from alfred_mock.control.journal.bodies import SHOWN_BYTES, FormBody, PlainBody, form_of
from alfred_mock.core.settings import Settings
from tests.alfred.calls import (
    BOUNDARY,
    DOWNLOAD,
    SESSION_CREATE,
    UPLOAD,
    Part,
    form,
    form_headers,
    new_session,
    upload,
)
from tests.control.journal.calls import last
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", ""),
        (b"{}", "{}"),
        ("é".encode(), "é"),
        (b"\xff\xfe", "<2 bytes of a/b>"),
        (b"a\0b", "<3 bytes of a/b>"),
        (b"x" * SHOWN_BYTES, "x" * SHOWN_BYTES),
        (b"x" * 51_200, "x" * SHOWN_BYTES + "… (51200 bytes)"),
        (b"x" + "é".encode() * SHOWN_BYTES, "x" + "é" * (SHOWN_BYTES // 2 - 1) + "… (32769 bytes)"),
        (b"\xff" * 51_200, "<51200 bytes of a/b>"),
    ],
    ids=["none", "json", "utf8", "binary", "nul", "full", "cut", "cut-in-a-character", "long"],
)
@pytest.mark.parametrize("pieces", [1, 7])
async def test_text_is_shown_and_anything_else_is_measured(
    client: httpx.AsyncClient, content: bytes, shown: str, pieces: int
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        size = len(content) // pieces + 1
        for begin in range(0, len(content), size):
            yield content[begin : begin + size]

    headers = {**WITH_KEY, "Content-Type": "a/b", "Content-Length": str(len(content))}
    # A job's body is read by the endpoint, one of a deferred session is not.
    await client.post("/api/job/create", headers=headers, content=chunks())
    assert (await last(client))["body"] == shown


async def test_a_small_body_that_nobody_reads_is_shown(client: httpx.AsyncClient) -> None:
    await client.post(SESSION_CREATE, headers=WITH_KEY, content=b'{"a": 1}')
    assert (await last(client))["body"] == '{"a": 1}'


async def test_a_large_body_that_nobody_reads_is_not_waited_for(client: httpx.AsyncClient) -> None:
    await client.post(SESSION_CREATE, headers=WITH_KEY, content=b"x" * 50_000)
    assert (await last(client))["body"] == "<50000 bytes that were not read>"


async def test_an_answer_does_not_wait_for_a_body_that_never_comes(
    client: httpx.AsyncClient,
) -> None:
    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    headers = {**WITH_KEY, "Content-Length": "5"}
    answer = await client.post(SESSION_CREATE, headers=headers, content=never())
    assert answer.status_code == 200
    assert (await last(client))["body"] == "<5 bytes that were not read>"


async def test_a_form_is_shown_without_its_files(client: httpx.AsyncClient) -> None:
    session = await new_session(client)
    parts = (
        Part("file", b"secret content" * 5_000, "a.pdf", "application/pdf"),
        Part("metadata", b'{"a": 1}'),
        Part("session_id", session.encode()),
    )
    assert (
        await client.post(UPLOAD, content=form(*parts), headers=form_headers())
    ).status_code == 200
    body = (await last(client))["body"]
    assert 'filename="a.pdf"' in body
    assert "\r\n\r\n<70000 bytes of application/pdf>\r\n" in body
    assert '\r\n\r\n{"a": 1}\r\n' in body
    assert f"\r\n\r\n{session}\r\n--{BOUNDARY}--\r\n" in body
    assert "secret content" not in body


def _form_text(content: bytes, *, chunk: int = 10**9) -> str:
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    body = form_of(content_type)
    assert isinstance(body, FormBody)
    for begin in range(0, len(content), chunk):
        body.add(content[begin : begin + chunk])
    return body.text(content_type)


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_a_form_is_the_same_however_it_arrives(chunk: int) -> None:
    content = form(Part("a", b"1"), Part("b", b"\r\n--", "n", "t/t"), Part("password", b"p"))
    text = _form_text(content, chunk=chunk)
    assert text == _form_text(content)
    assert '"a"\r\n\r\n1\r\n' in text
    assert "<4 bytes of t/t>" in text
    assert '"password"\r\n\r\n***\r\n' in text


@pytest.mark.parametrize(
    "content",
    [
        b"no form at all",
        b"--other\r\n\r\nsecret",
        form(Part("file", b"secret", "n"))[:-40],
        form(Part("file", b"secret"))[:60],
    ],
)
def test_a_broken_form_shows_nothing_of_a_file(content: bytes) -> None:
    assert "secret" not in _form_text(content)


def test_a_file_without_a_name_is_a_file_all_the_same() -> None:
    assert "secret" not in _form_text(form(Part("file", b"secret")))


def test_many_fields_are_cut() -> None:
    text = _form_text(form(*[Part(f"field{index}", b"x" * 1_000) for index in range(40)]))
    assert len(text) < SHOWN_BYTES + 40
    assert text.endswith("bytes)")


@pytest.mark.parametrize(
    "content_type", ["", "a/b", "multipart/form-data", "multipart/mixed; boundary=x"]
)
def test_what_announces_no_form_is_none(content_type: str) -> None:
    assert form_of(content_type) is None


def test_a_long_body_takes_no_more_memory_than_a_short_one() -> None:
    chunk = b"x" * 65_536
    tracemalloc.start()
    plain, parts = PlainBody(), form_of(f"multipart/form-data; boundary={BOUNDARY}")
    assert parts is not None
    parts.add(form(Part("file", b"", "n"))[: -len(f"\r\n--{BOUNDARY}--\r\n")])
    for _ in range(1_000):
        plain.add(chunk)
        parts.add(chunk)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


async def test_a_download_is_streamed_as_before(client: httpx.AsyncClient) -> None:
    content = b"0123456789abcdef" * 100_000
    file_id = await upload(client, await new_session(client), content=content)
    answer = await client.get(f"{DOWNLOAD}/{file_id}", headers=WITH_KEY)
    assert answer.content == content
    entry = await last(client)
    assert entry["response_body"].endswith("… (1600000 bytes)")
    assert len(entry["response_body"]) < SHOWN_BYTES + 40
