"""Packets carried by HTTP: a GET that waits for the server's, a POST with the client's."""

import asyncio
from http import HTTPStatus
from typing import NamedTuple

from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from alfred_mock.core.scope_keys import IS_WAITING
from alfred_mock.events.realtime.connection import Connection, Transport
from alfred_mock.events.realtime.packets import MOST_BYTES, NOOP, SEPARATOR

_TEXT = b"text/plain; charset=UTF-8"
_HTML = b"text/html"
_JSON = b"application/json"


class Refusal(NamedTuple):
    """Why a request is not taken; code and words are those of Socket.IO's own server."""

    code: int
    message: str
    status: int = HTTPStatus.BAD_REQUEST

    def body(self) -> bytes:
        """What the client is told."""
        return to_json({"code": self.code, "message": self.message})


TRANSPORT_UNKNOWN = Refusal(0, "Transport unknown")
SESSION_UNKNOWN = Refusal(1, "Session ID unknown")
BAD_METHOD = Refusal(2, "Bad handshake method")
BAD_REQUEST = Refusal(3, "Bad request")
TOO_LARGE = Refusal(3, "Payload too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
VERSION_UNKNOWN = Refusal(5, "Unsupported protocol version")


class Refused(Exception):
    """A request is not taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


async def answer_packets(send: Send, packets: list[str]) -> None:
    """Answer with packets."""
    await _answer(send, HTTPStatus.OK, _TEXT, SEPARATOR.join(packets).encode())


async def answer_refusal(send: Send, refusal: Refusal) -> None:
    """Answer that the request is not taken."""
    await _answer(send, refusal.status, _JSON, refusal.body())


async def answer_taken(send: Send) -> None:
    """Answer that the client's packets have come."""
    await _answer(send, HTTPStatus.OK, _HTML, b"ok")


async def poll(connection: Connection, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the next packets, when there are some.

    Raises:
        Refused: the connection has ended, or another poll is open, which ends it.
    """
    if connection.is_polled:
        connection.end()
        raise Refused(BAD_REQUEST)
    connection.is_polled = scope[IS_WAITING] = True
    try:
        packets = await _packets_unless_gone(connection, receive)
    except asyncio.CancelledError:
        connection.end()
        raise
    finally:
        connection.is_polled = scope[IS_WAITING] = False
    if packets is None:
        connection.end()  # nobody could tell whether more of it was lost
    elif packets:
        await answer_packets(send, packets)
    elif connection.has_ended:
        raise Refused(SESSION_UNKNOWN)
    else:
        await answer_packets(send, [NOOP])


async def _packets_unless_gone(connection: Connection, receive: Receive) -> list[str] | None:
    """The next packets, None when the client goes before there are some."""
    packets = asyncio.ensure_future(connection.take(Transport.POLLING))
    gone = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((packets, gone), return_when=asyncio.FIRST_COMPLETED)
        return packets.result() if packets.done() else None
    finally:
        packets.cancel()
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def read_packets(receive: Receive) -> list[str]:
    """The packets in the body of a request.

    Raises:
        Refused: there are too many bytes, or they are no text.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(BAD_REQUEST)
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise Refused(TOO_LARGE)
        if not message.get("more_body", False):
            break
    try:
        return body.decode().split(SEPARATOR)
    except UnicodeDecodeError:
        raise Refused(BAD_REQUEST) from None


async def _answer(send: Send, status: int, content_type: bytes, body: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
