"""Ending a connection without an answer, or in the midst of one.

ASGI has no way to say so. uvicorn's `send` is a method of the object that also holds the
connection's transport, and that is what is used here, with either of its HTTP protocols.
"""

import socket
import struct
from typing import Any

from starlette.types import Message, Receive, Scope

from alfred_mock.core.scope_keys import SERVER_SEND

_LINGER_NOT = struct.pack("ii", 1, 0)


class Incoming:
    """A request's `receive` that knows whether there is more of the body to come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_more = True

    async def __call__(self) -> Message:
        message = await self._receive()
        self._has_more = message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Read what is left of the body."""
        while self._has_more:
            await self()


async def close(scope: Scope, incoming: Incoming) -> None:
    """Close the connection as if the server were done with it.

    Raises:
        ConnectionResetError: there is no connection, as when a test calls the application itself.
    """
    cycle = _cycle_of(scope)
    # To close a socket that holds unread bytes is to reset it.
    await incoming.drain()
    cycle.transport.close()
    cycle.disconnected = True


def reset(scope: Scope) -> None:
    """Reset the connection: the client's next call fails, whatever it has received by then.

    A Unix socket cannot be reset and is closed.

    Raises:
        ConnectionResetError: there is no connection, as when a test calls the application itself.
    """
    cycle = _cycle_of(scope)
    cycle.transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT
    )
    cycle.transport.abort()
    cycle.disconnected = True


def _cycle_of(scope: Scope) -> Any:
    """What uvicorn answers a request with; told `disconnected`, it expects no answer any more."""
    cycle = getattr(scope.get(SERVER_SEND), "__self__", None)
    if not hasattr(cycle, "transport"):
        raise ConnectionResetError("alfred-mock has ended the connection, as a fault asked it to.")
    return cycle
