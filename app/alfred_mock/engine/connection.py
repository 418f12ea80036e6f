"""Ends a connection without an answer, or in the middle of one; and tells whether one has ended.

ASGI has no message for that. uvicorn's `send` is a method of an object that also holds the
connection's transport; both of its HTTP protocols are alike in this.
"""

import socket
import struct
from typing import Any

from starlette.types import Message, Receive, Scope

from alfred_mock.connections.client_limits import UNREAD_BYTES
from alfred_mock.core.scope_keys import SERVER_SEND

_LINGER_NOT = struct.pack("ii", 1, 0)
_TCP_CLOSED = 7
"""The state in `TCP_INFO` of a connection that was reset (Linux)."""


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
        """Read the rest of the body, as long as that is not too much."""
        size = 0
        while self._has_more and size <= UNREAD_BYTES:
            size += len((await self()).get("body", b""))


def sends_no_more(scope: Scope) -> bool:
    """Whether the client has shut its sending side, as one that has gone does as well."""
    return getattr(getattr(_cycle_or_none(scope), "transport", None), "peer_is_done", False)


def show_end(scope: Scope) -> None:
    """Write what is held back, where the client sends no more: `has_gone` can tell more then."""
    if sends_no_more(scope):
        _cycle_or_none(scope).transport.flush()


def has_gone(scope: Scope) -> bool:
    """Whether the client is known to have gone, so that the rest of its answer reaches nobody."""
    cycle = _cycle_or_none(scope)
    if cycle is None:
        return False
    if cycle.disconnected or cycle.transport.is_closing():
        return True
    return getattr(cycle.transport, "peer_is_done", False) and _was_reset(cycle.transport)


def _was_reset(transport: Any) -> bool:
    """Whether the system knows of a reset that the event loop, which reads no more, does not."""
    connection = transport.get_extra_info("socket")
    if not hasattr(socket, "TCP_INFO") or connection.family == socket.AF_UNIX:
        return False
    state: int = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state == _TCP_CLOSED


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
    cycle = _cycle_or_none(scope)
    if cycle is None:
        ended = ConnectionEnded(f"alfred-mock has {done} the connection, as a fault asked it to.")
        ended.is_reset = done == "reset"
        raise ended
    return cycle


def _cycle_or_none(scope: Scope) -> Any:
    cycle = getattr(scope.get(SERVER_SEND), "__self__", None)
    return cycle if hasattr(cycle, "disconnected") else None
