"""One client's connection: what is to be sent to it, and whether the client is still there."""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from alfred_mock.core.meter import Counter
from alfred_mock.events.realtime.heartbeat import Heartbeat
from alfred_mock.events.realtime.packets import DISCONNECT, PING

MOST_AT_ONCE = 16
"""Packets in one answer; the Python client refuses an answer with more (SDK)."""
MOST_HELD = 1_048_576
"""Characters that wait for a client before it is behind."""


class Transport(StrEnum):
    """How packets are carried."""

    POLLING = "polling"
    WEBSOCKET = "websocket"


class Membership(NamedTuple):
    """A connection's place in a room."""

    company_id: str
    socket_id: str
    """The id by which the client, the database and the control API know the connection."""
    number: int
    """The number of the company's last event before the connection came."""


class Connection:
    """A connection, whichever transport carries it.

    `on_end` is called once, when `ended` is set; `messages` counts packets that are sent.
    """

    def __init__(
        self,
        connection_id: str,
        key: str,
        transport: Transport,
        heartbeat: Heartbeat,
        on_end: Callable[["Connection"], None],
        messages: Counter,
    ) -> None:
        """`key` is the API key that the client showed; whether it is good is asked later.

        `connection_id` is a secret: whoever has it can read what the client is sent.
        """
        self.id = connection_id
        self.key = key
        self.transport = transport
        self.joined: Membership | None = None
        """Its place in a room, once it has one."""
        self.ended = asyncio.Event()
        self.is_polled = False
        self.is_probed = False
        """Whether a WebSocket is about to take over."""
        self._heartbeat = heartbeat
        self._on_end = on_end
        self._messages = messages
        self.keeps_up = asyncio.Event()
        """Set while the client is not behind with what it is sent."""
        self.keeps_up.set()
        self._held: deque[str] = deque()
        self._held_size = 0
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(heartbeat.interval, self._ping)

    @property
    def has_ended(self) -> bool:
        """Whether there will be no more than a farewell."""
        return self.ended.is_set()

    def send(self, *packets: str) -> None:
        """Send soon; nothing once the connection has ended."""
        if self.has_ended:
            return
        self._held.extend(packets)
        self._held_size += sum(map(len, packets))
        if self._held_size > MOST_HELD:
            self.keeps_up.clear()
        self._news.set()

    async def take(self, transport: Transport) -> list[str]:
        """The next packets, as soon as there are some.

        None where there will be none on this transport: the connection has ended, or another
        transport takes over.
        """
        while transport is self.transport:
            if self._held:
                taken = [self._held.popleft() for _ in range(min(MOST_AT_ONCE, len(self._held)))]
                self._held_size -= sum(map(len, taken))
                self._messages.add("sent", by=len(taken))
                if self._held_size <= MOST_HELD:
                    self.keeps_up.set()
                return taken
            if self.has_ended or (self.is_probed and transport is Transport.POLLING):
                break  # an open poll would be in the way of the WebSocket
            self._news.clear()
            await self._news.wait()
        return []

    def hear_pong(self) -> None:
        """Take notice that the client is there."""
        if not self.has_ended:
            self._timer.cancel()
            self._timer = self._loop.call_later(self._heartbeat.interval, self._ping)

    def _ping(self) -> None:
        self.send(PING)
        self._timer = self._loop.call_later(self._heartbeat.timeout, self.end)

    def probe(self) -> None:
        """Make way for a WebSocket."""
        self.is_probed = True
        self._news.set()

    def upgrade(self) -> None:
        """From here on a WebSocket carries the packets."""
        self.transport = Transport.WEBSOCKET
        self._news.set()

    def dismiss(self) -> None:
        """End it so that the client does not connect again by itself.

        A CLOSE in the same answer would be first: the JavaScript client puts off what a message
        says (SDK). Both clients close by themselves.
        """
        self.end(DISCONNECT)

    def end(self, *farewell: str) -> None:
        """End it; a client that has neither asked for it nor is dismissed connects again.

        What is still held back is dropped for the farewell, which `take` hands out.
        """
        if self.has_ended:
            return
        self.ended.set()
        self.keeps_up.set()
        self._timer.cancel()
        self._held = deque(farewell)
        self._held_size = sum(map(len, farewell))
        self._news.set()
        self._on_end(self)
