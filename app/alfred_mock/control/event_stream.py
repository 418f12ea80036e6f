"""Server-Sent Events: an answer that goes on as long as its reader listens.

What is sent is read from the database when the reader takes it, so a slow one costs no memory. One
that takes nothing for a while is hung up on; it may come again, and say where it was.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from typing import Annotated, Any, NamedTuple, cast

from fastapi import Depends, Header, Query, Request
from pydantic import Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from alfred_mock.core.errors import Unavailable
from alfred_mock.core.scope_keys import IS_WAITING, STOPS
from alfred_mock.core.values import AsWritten
from alfred_mock.engine import connection

log = logging.getLogger("alfred_mock")

MOST_STREAMS = 100
"""So many are open at a time, in each process."""
KEEP_ALIVE_SECONDS = 15.0
"""A stream that has nothing to say says so this often: proxies close what is silent."""
SLOW_SECONDS = 10.0
"""A reader that takes nothing for so long is hung up on."""
STREAM_CONTENT = {
    "text/event-stream": {
        "schema": {"type": "string"},
        "example": 'id: 7\ndata: {"number":7}\n\n',
    }
}
"""How OpenAPI describes a stream."""
MOST_SECONDS = 86_400
_RETRY = b"retry: 1000\n\n"
_COMMENT = b":\n\n"
_LINE_ENDS = str.maketrans({"\r": None, "\n": "\ndata: "})

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=200,
        description="The `id` of the last event that was read: the stream goes on after it. A"
        " browser sends it by itself when it connects again.",
    ),
]


StreamSeconds = Annotated[
    float | None,
    Field(ge=0, le=MOST_SECONDS),
    AsWritten,
    Query(description="Seconds after which the stream ends by itself; absent is never."),
]


class ServerSent(NamedTuple):
    """An event of a stream."""

    data: str
    id: int | None = None
    """What a reader says to go on after it."""
    name: str | None = None
    """None is `message`, which every reader listens to."""

    def encoded(self) -> bytes:
        """As it is sent."""
        name = f"event: {self.name}\n" if self.name else ""
        id_ = f"id: {self.id}\n" if self.id is not None else ""
        return f"{name}{id_}data: {self.data.translate(_LINE_ENDS)}\n\n".encode()


def number_of(last_event_id: str | None) -> int | None:
    """The number in a `Last-Event-ID`; None if there is none: browsers send back what they got."""
    is_number = last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit()
    return int(last_event_id[:18]) if is_number and last_event_id is not None else None


class OpenStreams:
    """The streams of a process, which are so many at most."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> None:
        """Begin a stream.

        Raises:
            Unavailable: there are too many.
        """
        self.check()
        self.count += 1

    def __exit__(self, *raised: object) -> None:
        self.count -= 1

    def check(self) -> None:
        """See that there is room for one more.

        Raises:
            Unavailable: there is none.
        """
        if self.count >= MOST_STREAMS:
            raise Unavailable(f"{self.count} streams are open, and no more are accepted.")


async def _streams(request: Request) -> OpenStreams:
    return cast(OpenStreams, request.app.state.streams)


StreamsDep = Annotated[OpenStreams, Depends(_streams)]


class EventStream(Response):
    """Sends what it is given, until the reader or the server leaves.

    It takes no part in load shed, and neither a server that stops nor anything else waits for it.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        batches: AsyncIterator[Iterable[ServerSent]],
        streams: OpenStreams,
        *,
        seconds: float | None = None,
    ) -> None:
        """`batches` yields what there is to send, and nothing when it has waited for a while.

        After so many seconds the stream ends by itself.

        Raises:
            Unavailable: too many streams are open.
        """
        streams.check()
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._batches = batches
        self._seconds = seconds
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until somebody leaves."""
        stops = scope[STOPS] = asyncio.Event()
        scope[IS_WAITING] = True
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        with self._streams:
            await send(start)
            sending = asyncio.create_task(self._send_all(scope, send))
            leaving = [
                asyncio.create_task(_until_gone(receive)),
                asyncio.create_task(stops.wait()),
            ]
            try:
                await asyncio.wait(
                    [sending, *leaving],
                    timeout=self._seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                await _end([sending, *leaving])
        if not connection.has_gone(scope):
            scope[IS_WAITING] = False
            await send({"type": "http.response.body"})

    async def _send_all(self, scope: Scope, send: Send) -> None:
        await self._send(scope, send, _RETRY)
        loop = asyncio.get_running_loop()
        quiet_since = loop.time()
        async for batch in self._batches:
            for event in batch:
                await self._send(scope, send, event.encoded())
                quiet_since = loop.time()
            if loop.time() - quiet_since >= KEEP_ALIVE_SECONDS:
                await self._send(scope, send, _COMMENT)
                quiet_since = loop.time()

    async def _send(self, scope: Scope, send: Send, data: bytes) -> None:
        try:
            async with asyncio.timeout(SLOW_SECONDS):
                await send({"type": "http.response.body", "body": data, "more_body": True})
        except TimeoutError:
            log.warning(
                "a stream of %s was ended: its reader took nothing for %g s",
                scope["path"],
                SLOW_SECONDS,
            )
            # To close it would wait for the reader to take what is on its way.
            with suppress(connection.ConnectionEnded):
                connection.reset(scope)
            raise _Dropped from None


class _Dropped(Exception):
    """A reader was hung up on."""


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(tasks: Sequence["asyncio.Task[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception) and not isinstance(ended, _Dropped):
            raise ended
