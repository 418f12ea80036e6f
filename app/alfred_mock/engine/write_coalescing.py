"""HTTP connections whose answers leave together.

uvicorn writes the head and the body of each answer to the socket at once, two system calls a
request, each of which may wake the client. Here what several requests of one turn of the event
loop answer is written when the turn is over; a request that is alone is answered at once, with
one call. `docs/performance.md` has the measurements.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from pydantic_core import to_json
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from alfred_mock.core.errors import error_body

FLUSH_BYTES = 65_536
"""More than this is never held back, so that a large answer streams."""


class GatheringTransport:
    """A transport that holds writes back until the turn is over or nobody else is waiting."""

    def __init__(self, transport: asyncio.Transport, requests: set[Any]) -> None:
        self._transport = transport
        self._requests = requests
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] = []
        self._held_bytes = 0

    def write(self, data: bytes) -> None:
        """Write soon."""
        self._held.append(data)
        self._held_bytes += len(data)
        if len(self._held) == 1:
            # The body follows right behind the head, unless it is streamed.
            self._loop.call_soon(self._flush)
        elif len(self._requests) <= 1 or self._held_bytes > FLUSH_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._transport.write(b"".join(self._held))
            self._held.clear()
            self._held_bytes = 0

    def close(self) -> None:
        """Close once everything is written."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once, and write nothing any more."""
        self._held.clear()
        self._held_bytes = 0
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's protocol, with gathered writes and with its own errors in the documented shape."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin a connection."""
        super().connection_made(GatheringTransport(transport, self.tasks))

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP request, and close."""
        status = HTTPStatus.BAD_REQUEST
        body = to_json(error_body(status, msg))
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%s" % (status, status.phrase.encode(), len(body), body)
        )
        self.transport.close()
