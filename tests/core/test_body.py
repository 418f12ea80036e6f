"""A body is read once from the connection, and is there for whoever needs it after that."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import Request
from pydantic import BaseModel

from alfred_mock.core.body import IN_MEMORY_BYTES, JSON_BYTES, body_of, json_of, read_early, release
from alfred_mock.core.errors import BadRequest, PayloadTooLarge

pytestmark = pytest.mark.anyio


def _request(*chunks: bytes, **headers: str) -> Request:
    messages = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, 1)
    ]

    async def receive() -> Any:
        return messages.pop(0)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


async def _all(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def test_a_body_that_nobody_has_read_comes_from_the_connection() -> None:
    assert await _all(body_of(_request(b"a", b"", b"b"), limit=2)) == b"ab"


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY_BYTES - 1, IN_MEMORY_BYTES * 3])
async def test_a_body_that_was_read_early_is_still_there(size: int) -> None:
    body = b"x" * size + b"end"
    request = _request(body[:100], body[100:])
    assert await _all(read_early(request, limit=len(body))) == body
    assert await _all(body_of(request, limit=len(body))) == body
    release(request.scope)


async def test_a_body_can_be_read_again_and_again_once_it_is_kept() -> None:
    request = _request(b"body")
    await _all(read_early(request, limit=10))
    for _ in range(3):
        assert await _all(body_of(request, limit=10)) == b"body"
    release(request.scope)


@pytest.mark.parametrize("early", [True, False])
async def test_a_byte_more_than_the_limit_is_too_large(early: bool) -> None:
    request = _request(b"x" * 10, b"x")
    with pytest.raises(PayloadTooLarge):
        await _all((read_early if early else body_of)(request, limit=10))
    release(request.scope)


async def test_a_body_that_is_too_large_for_the_endpoint_alone_is_too_large() -> None:
    request = _request(b"x" * 10)
    await _all(read_early(request, limit=100))
    with pytest.raises(PayloadTooLarge):
        await _all(body_of(request, limit=9))
    release(request.scope)


@pytest.mark.parametrize("declared", [{}, {"content-length": "20"}])
async def test_what_is_read_early_is_read_no_further_than_the_limit(
    declared: dict[str, str],
) -> None:
    request = _request(b"x" * 10, b"y" * 10, **declared)
    with pytest.raises(PayloadTooLarge):
        await _all(read_early(request, limit=5))
    assert (await request.receive())["body"] == (b"x" * 10 if declared else b"y" * 10)
    release(request.scope)


async def test_a_body_that_says_that_it_is_too_large_is_not_read() -> None:
    request = _request(**{"content-length": "11"})
    with pytest.raises(PayloadTooLarge):
        await _all(body_of(request, limit=10))


def test_a_request_whose_body_was_not_kept_has_nothing_to_release() -> None:
    release({})


class _Model(BaseModel):
    number: int
    texts: list[str] = []


async def _json(body: bytes) -> _Model:
    return await json_of(_request(body), _Model)


async def test_a_json_object_becomes_the_model() -> None:
    assert await _json(b'{"number": 1, "texts": ["a"]}') == _Model(number=1, texts=["a"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
async def test_json_may_be_in_any_unicode_encoding(encoding: str) -> None:
    assert (await _json('{"number": 1, "texts": ["é"]}'.encode(encoding))).texts == ["é"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"1",
        b"[]",
        b'"{}"',
        b"{",
        b"{'number': 1}",
        b'{"number": NaN}',
        b'{"number": 1, "else": -Infinity}',
        b'{"number": ' + b"1" * 5_000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff",
        b"\x00",
        b'{"number": 1} x',
    ],
    ids=lambda body: ascii(body)[:24],
)
async def test_what_is_no_json_object_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest, match=r"^The body must be a JSON object\.$"):
        await _json(body)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "Field 'number' is required."),
        ({"number": "x"}, "Field 'number' must be a valid integer"),
        ({"number": 1, "texts": ["a", 2]}, "Field 'texts.1' must be a valid string."),
        ({"texts": 1}, "Field 'number' is required; Field 'texts' must be"),
    ],
    ids=str,
)
async def test_a_wrong_field_is_named(content: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await _json(json.dumps(content).encode())
    assert refused.value.message.startswith(message)


async def test_json_has_a_limit_of_its_own() -> None:
    with pytest.raises(PayloadTooLarge):
        await _json(b" " * JSON_BYTES + b"{}")
