"""Streams of the control API as tests read them: over ASGI, each event as soon as it is sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

REQUESTS, EVENTS = "/__admin/requests/stream", "/__admin/events/stream"
_SECONDS = 60


class Told(NamedTuple):
    """An event of a stream."""

    id: str | None
    name: str | None
    data: str

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Stream:
    """An answer that goes on."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.left = asyncio.Event()
        self.text = ""
        self._has_asked = False

    async def receive(self) -> Message:
        if not self._has_asked:
            self._has_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def begun(self) -> tuple[int, dict[str, str]]:
        """The status and the headers."""
        start = await asyncio.wait_for(self.messages.get(), _SECONDS)
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], headers

    async def next(self) -> Told:
        """The next event; what only says how to connect again is passed over."""
        while True:
            while "\n\n" not in self.text:
                message = await asyncio.wait_for(self.messages.get(), _SECONDS)
                self.text += message.get("body", b"").decode()
                assert message.get("more_body") or "\n\n" in self.text, "the stream has ended"
            piece, _, self.text = self.text.partition("\n\n")
            lines = [line.partition(": ")[::2] for line in piece.split("\n")]
            fields = dict(lines)
            if "data" in fields:
                data = "\n".join(value for name, value in lines if name == "data")
                return Told(fields.get("id"), fields.get("event"), data)

    async def ended(self) -> bool:
        """Whether it comes to its end with nothing more to tell."""
        while True:
            message = await asyncio.wait_for(self.messages.get(), _SECONDS)
            self.text += message.get("body", b"").decode()
            if not message.get("more_body"):
                return "data:" not in self.text


@asynccontextmanager
async def listening(
    app: ASGIApp, path: str, headers: Mapping[str, str] | None = None, /, **query: Any
) -> AsyncIterator[Stream]:
    """A stream that is open until the block is left."""
    stream = Stream()
    given = {"host": "localhost", **(headers or {})}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(query).encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }

    async def answer() -> None:
        await app(scope, stream.receive, stream.messages.put)

    answering = asyncio.create_task(answer())
    try:
        yield stream
    finally:
        stream.left.set()
        await asyncio.wait_for(answering, _SECONDS)
