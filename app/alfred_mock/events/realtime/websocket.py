"""Packets carried by a WebSocket: one in each text message."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.types import Message, Receive, Send

from alfred_mock.events.realtime.connection import Connection, Transport
from alfred_mock.events.realtime.packets import PROBE, PROBED, UPGRADE
from alfred_mock.events.realtime.polling import Refusal, Refused

UPGRADE_SECONDS = 10.0
"""How long a client may take between the WebSocket's opening and its take-over."""
FAREWELL_SECONDS = 2.0
"""How long the last packets may take."""
_NORMAL = 1000

Heard = Callable[[Connection, str], Awaitable[None]]
"""What is to be done with a packet."""


async def refuse(send: Send, refusal: Refusal) -> None:
    """Refuse the WebSocket with an answer in HTTP."""
    headers = [(b"content-type", b"application/json")]
    await send(
        {
            "type": "websocket.http.response.start",
            "status": refusal.status,
            "headers": headers,
        }
    )
    await send({"type": "websocket.http.response.body", "body": refusal.body()})


async def upgrade(connection: Connection, receive: Receive, send: Send) -> bool:
    """Let an accepted WebSocket take over a connection that was opened by polling.

    Returns whether it has; if not, the connection goes on by polling.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(UPGRADE_SECONDS):
            if _text(await receive()) == PROBE:
                await send({"type": "websocket.send", "text": PROBED})
                connection.probe()
                if _text(await receive()) == UPGRADE and not connection.has_ended:
                    connection.upgrade()
                    return True
    connection.is_probed = False
    await send({"type": "websocket.close", "code": _NORMAL})
    return False


async def carry(connection: Connection, receive: Receive, send: Send, heard: Heard) -> None:
    """Carry packets both ways until either side ends the connection."""
    reading = asyncio.ensure_future(_read(connection, receive, heard))
    writing = asyncio.ensure_future(_write(connection, send))
    ended = asyncio.ensure_future(connection.ended.wait())
    try:
        await asyncio.wait((reading, writing, ended), return_when=asyncio.FIRST_COMPLETED)
        connection.end()
        # The farewell is still sent, unless the client does not read it.
        await asyncio.wait((writing,), timeout=FAREWELL_SECONDS)
    finally:
        connection.end()
        for task in (reading, writing, ended):
            task.cancel()
        await asyncio.wait((reading, writing, ended))
    for task in (reading, writing):
        problem = None if task.cancelled() else task.exception()
        if problem is not None and not isinstance(problem, (OSError, Refused)):
            raise problem  # neither has the client gone nor has it sent what is no packet


async def _read(connection: Connection, receive: Receive, heard: Heard) -> None:
    while (packet := _text(await receive())) is not None:
        await heard(connection, packet)


async def _write(connection: Connection, send: Send) -> None:
    while packets := await connection.take(Transport.WEBSOCKET):
        for packet in packets:
            await send({"type": "websocket.send", "text": packet})
    await send({"type": "websocket.close", "code": _NORMAL})


def _text(message: Message) -> str | None:
    """The text of a message, None when there is none: the client has gone, or sends bytes."""
    return message.get("text") if message["type"] == "websocket.receive" else None
