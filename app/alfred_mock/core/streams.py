"""Answers that are made while they are sent, so that a large one holds up nothing else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from alfred_mock.core.error_handlers import TOLD
from alfred_mock.core.errors import as_api_error
from alfred_mock.core.load_shed import give_back_slot
from alfred_mock.core.replies import JsonReply

PAGE = 100
"""So many items are encoded at once: a few milliseconds' work."""
_PIECE_CHARACTERS = 262_144

log = logging.getLogger("alfred_mock")


class StreamedJson(Response):
    """Sends JSON in pieces.

    A failure after the first byte breaks the connection, so that no client takes a part for the
    whole.
    """

    media_type = "application/json"

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self.status_code = 200
        self.background = None
        self.body = b""
        self.raw_headers = [(b"content-type", b"application/json")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        give_back_slot(scope)
        try:
            async for piece in self._pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                # A client that reads quickly never makes it wait; others must get their turn.
                await asyncio.sleep(0)
        except TOLD as error:
            reason = as_api_error(error).reason
            log.warning("the answer to %s broke off: %s", scope["path"], reason)
            return
        await send({"type": "http.response.body"})


async def json_list(pages: AsyncIterator[list[Any]]) -> Response:
    """A list as one answer, in pieces if there is more than a page of it.

    The first page is made before the answer begins: what goes wrong with it is an error like any
    other.
    """
    first: list[Any] = await anext(pages, [])
    second = await anext(pages, None)
    if second is None:
        return JsonReply(first)
    return StreamedJson(_pieces(first, second, pages))


def streamed(pieces: Iterator[bytes]) -> Response:
    """An answer that is encoded piece by piece while it is sent."""
    return StreamedJson(_in_turns(pieces))


def streamed_text(text: str) -> Response:
    """A JSON text as an answer, in pieces if it is a long one."""
    if len(text) <= _PIECE_CHARACTERS:
        return Response(text, media_type="application/json")
    starts = range(0, len(text), _PIECE_CHARACTERS)
    return streamed(text[start : start + _PIECE_CHARACTERS].encode() for start in starts)


def pieces_with(whole: Any, name: str, pages: Iterable[bytes]) -> Iterator[bytes]:
    """The JSON of an object in pieces, with these pages of items in its empty list `name`."""
    # No text can have this in it: there a quotation mark comes after a backslash.
    start, empty, end = bytes(JsonReply(whole).body).partition(b'"%s":[]' % name.encode())
    if not empty:
        raise ValueError(f"there is no empty list {name}")
    yield start + empty[:-1]
    before = b""
    for page in pages:
        yield before + page
        before = b","
    yield b"]" + end


def pages_of(items: Sequence[Any]) -> Iterator[bytes]:
    """The JSON of a list without its brackets, page by page."""
    for start in range(0, len(items), PAGE):
        yield to_json(items[start : start + PAGE], by_alias=True)[1:-1]


async def _in_turns(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def _pieces(
    first: list[Any], second: list[Any], pages: AsyncIterator[list[Any]]
) -> AsyncIterator[bytes]:
    before = b"["
    for page in (first, second):
        if page:
            yield before + to_json(page, by_alias=True)[1:-1]
            before = b","
    async for page in pages:
        if page:
            yield before + to_json(page, by_alias=True)[1:-1]
            before = b","
    yield b"]" if before == b"," else b"[]"
