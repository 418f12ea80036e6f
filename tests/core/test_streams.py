"""Lists that are sent in pieces."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from alfred_mock.core.streams import PAGE, json_list, pages_of, pieces_with
from alfred_mock.database import DatabaseUnavailable

pytestmark = pytest.mark.anyio


async def _answer(pages: list[list[Any]]) -> httpx.Response:
    async def made() -> AsyncIterator[list[Any]]:
        for page in pages:
            yield page

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (await json_list(made()))(scope, receive, send)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://alfred.test") as client:
        return await client.get("/")


@pytest.mark.parametrize(
    "pages", [[], [[]], [[1]], [[], []], [[1, 2], [3]], [[], [1], [], [{"a": None}], []]]
)
async def test_pages_become_one_list(pages: list[list[Any]]) -> None:
    answer = await _answer(pages)
    assert answer.json() == [item for page in pages for item in page]
    assert answer.headers["content-type"] == "application/json"


async def test_a_single_page_says_its_length_and_several_are_sent_as_they_come() -> None:
    assert "content-length" in (await _answer([[1]])).headers
    assert "content-length" not in (await _answer([[1], [2]])).headers


async def test_what_breaks_later_breaks_the_answer_and_is_no_whole_list() -> None:
    async def made() -> AsyncIterator[list[int]]:
        yield [1]
        yield [2]
        raise DatabaseUnavailable("gone")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    reply = await json_list(made())
    await reply({"type": "http", "path": "/x"}, receive, send)
    assert all(message.get("more_body", True) for message in sent)


def test_a_long_list_is_spliced_into_its_object_page_by_page() -> None:
    whole = {"text": 'not "items":[] but text', "items": [], "end": 1}
    items = list(range(2 * PAGE + 1))
    pieces = list(pieces_with(whole, "items", pages_of(items)))
    assert len(pieces) == 5
    assert json.loads(b"".join(pieces)) == {**whole, "items": items}


def test_an_object_without_the_empty_list_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no empty list items"):
        list(pieces_with({"items": [1]}, "items", []))
