"""Ends a connection without an answer, or in the middle of one.

ASGI has no message for that. uvicorn's `send` is a method of an object that also holds the
connection's transport; both of its HTTP protocols are alike in this.
"""

import socket
import struct
from typing import Any

from starlette.types import Message, Receive, Scope

from alfred_mock.core.scope_keys import SERVER_SEND

_LINGER_NOT = struct.pack("ii", 1, 0)


class ConnectionEnded(ConnectionResetError):
    """A fault has ended a connection where there is none: a test calls the application directly."""

    is_reset = False
    """Whether it was reset rather than closed."""


class Incoming:
    """A request's `receive` that knows whether the body has more parts to come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_more = True

    async def __call__(self) -> Message:
        message = await self._receive()
        self._has_more = message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Read the rest of the body."""
        while self._has_more:
            await self()


async def close(scope: Scope, incoming: Incoming) -> None:
    """Close the connection in the ordinary way.

    Raises:
        ConnectionEnded: there is no connection: a test calls the application directly.
    """
    cycle = _cycle_of(scope, "closed")
    # Closing a socket with unread bytes would reset the connection.
    await incoming.drain()
    cycle.transport.close()
    cycle.disconnected = True


def reset(scope: Scope) -> None:
    """Reset the connection: the client's next read fails.

    A Unix socket cannot be reset; it is closed.

    Raises:
        ConnectionEnded: there is no connection: a test calls the application directly.
    """
    cycle = _cycle_of(scope, "reset")
    cycle.transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT
    )
    cycle.transport.abort()
    cycle.disconnected = True


def _cycle_of(scope: Scope, done: str) -> Any:
    """uvicorn's object for a request; once `disconnected` is set, it expects no answer."""
    cycle = getattr(scope.get(SERVER_SEND), "__self__", None)
    if not hasattr(cycle, "transport"):
        ended = ConnectionEnded(f"alfred-mock has {done} the connection, as a fault asked it to.")
        ended.is_reset = done == "reset"
        raise ended
    return cycle
