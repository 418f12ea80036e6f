"""Connections whose answers leave together.

uvicorn writes the head and the body of each answer to the socket at once, two system calls a
request, each of which may wake the client. Here the answers to several requests of one turn of the
event loop are written when the turn is over; a request that is alone is answered at once, with one
call. `docs/performance.md` has the measurements.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from alfred_mock.connections.turns import turns_of

FLUSH_BYTES = 65_536
"""More than this is never held back, so that a large answer streams."""


class CoalescingTransport:
    """A transport that holds writes back until the turn is over or no other request is waiting."""

    def __init__(
        self,
        transport: asyncio.Transport,
        requests: set[Any],
        lingers: Callable[[], bool] = lambda: False,
    ) -> None:
        """`lingers` is asked, once all is written, whether closing has to wait."""
        self._transport = transport
        self._requests = requests
        self._loop = asyncio.get_running_loop()
        self._turns = turns_of(self._loop)
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._lingers = lingers
        self._has_ended = False
        self.peer_is_done = False
        """Whether the client has shut its sending side."""

    def write(self, data: bytes) -> None:
        """Write soon."""
        self._held.append(data)
        self._held_bytes += len(data)
        if len(self._held) == 1:
            # The body follows right behind the head, unless it is streamed.
            self._turns.at_end(self.flush, self._loop)
        elif len(self._requests) <= 1 or self._held_bytes > FLUSH_BYTES:
            self.flush()

    def write_whole(self, answer: bytes) -> None:
        """Write a whole answer: at once if it is the only one, or else with those of its turn."""
        is_only = self._turns.note(self, self._loop.time())
        self._held.append(answer)
        self._held_bytes += len(answer)
        if is_only or self._held_bytes > FLUSH_BYTES:
            self.flush()
        elif len(self._held) == 1:
            self._turns.at_end(self.flush, self._loop)

    def flush(self) -> None:
        """Write what is held back."""
        if self._held:
            # A client that has reset the connection is no reason for a warning.
            if not self._has_ended and not self._transport.is_closing():
                self._transport.write(b"".join(self._held))
            self._held.clear()
            self._held_bytes = 0

    def released(self) -> asyncio.Transport:
        """Write what is held back, and leave the transport itself to another protocol."""
        self.flush()
        return self._transport

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def write_eof(self) -> None:
        """Write everything and send no more."""
        self.flush()
        self._has_ended = True
        if not self._transport.is_closing() and self._transport.can_write_eof():
            with suppress(OSError):  # it has been reset, and nobody knows yet
                self._transport.write_eof()

    def close(self) -> None:
        """Close once everything is written."""
        self.flush()
        if not self._lingers():
            self._transport.close()

    def abort(self) -> None:
        """Close at once, and write nothing any more."""
        self._held.clear()
        self._held_bytes = 0
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
