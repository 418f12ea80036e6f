"""Receivers of webhooks, good and bad ones."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

HERE = "127.0.0.1"
PATIENCE_SECONDS = 20
"""For what comes at once on a machine that has time."""


class Posted(NamedTuple):
    """A request that a receiver was sent."""

    path: str
    headers: dict[str, str]
    """By names in lower case."""
    body: dict[str, Any]


class Hang:
    """In place of an answer: none ever."""


class Cut:
    """In place of an answer: the end of the connection."""


Answer = bytes | type[Hang] | type[Cut]
Decide = Callable[[Posted], Answer]


def answer(status: int = 200, body: bytes = b"", *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def echo(posted: Posted) -> Answer:
    """The challenge in JSON, as the vendor's demo answers, and an empty 200 for an event."""
    if posted.body.get("type") == "url_verification":
        return answer(200, json.dumps({"challenge": posted.body["challenge"]}).encode())
    return answer()


class Receiver:
    """A receiver on loopback; what it decides upon can be changed at any time."""

    def __init__(self, decide: Decide = echo) -> None:
        self.decide = decide
        self.posted: list[Posted] = []
        self.at_once = self.most_at_once = 0
        self.port = 0
        self._arrived = asyncio.Condition()
        self._ended = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}/hook"

    @property
    def events(self) -> list[dict[str, Any]]:
        """The bodies of events, as often as they have come."""
        return [each.body for each in self.posted if "event_id" in each.body]

    @property
    def names(self) -> list[str]:
        return [body["event"]["event_name"].removesuffix("_event") for body in self.events]

    async def wait(self, count: int) -> list[dict[str, Any]]:
        """The events, as soon as there are so many."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(lambda: len(self.events) >= count)
        return self.events

    async def wait_for(self, name: str) -> None:
        """Wait for an event of this name."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(lambda: name in self.names)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
            }
            body = json.loads(await reader.readexactly(int(headers["content-length"])))
            posted = Posted(first.split()[1], headers, body)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            decided = self.decide(posted)
            self.posted.append(posted)
            async with self._arrived:
                self._arrived.notify_all()
            if decided is Hang:
                await self._ended.wait()
            elif isinstance(decided, bytes):
                self.at_once -= 1
                writer.write(decided)
                await writer.drain()
                return
            self.at_once -= 1
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def end(self) -> None:
        """Let go of the connections that hang."""
        self._ended.set()


@asynccontextmanager
async def receiving(
    decide: Decide = echo, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver that can be reached."""
    receiver = Receiver(decide)
    server = await asyncio.start_server(receiver.serve, HERE, 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.end()
        server.close()
        await server.wait_closed()


class Names:
    """A resolver that knows what a test tells it."""

    def __init__(self, **addresses: Sequence[str]) -> None:
        self._addresses = {name.replace("_", "."): found for name, found in addresses.items()}
        self.asked: list[str] = []

    async def __call__(self, name: str, port: int) -> Sequence[str]:
        self.asked.append(name)
        return self._addresses.get(name, ())
