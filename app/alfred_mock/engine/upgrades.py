"""Which connection may become a WebSocket, and what then speaks it.

The server needs no WebSocket library: Engine.IO also works by polling alone. Where `websockets` or
`wsproto` is installed, uvicorn's protocol for it takes over the connection.
"""

import asyncio
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec

REALTIME_PATH = "/socket.io/"
"""Where realtime connections are opened (SDK); no other path takes an upgrade."""
MOST_WEBSOCKET_BYTES = 1_000_000
"""The largest message that is taken; realtime clients are told."""

_REALTIME_PATH = REALTIME_PATH.encode()


def is_for_realtime(url: bytes) -> bool:
    """Whether a request's target is the path of realtime connections."""
    return url.partition(b"?")[0] == _REALTIME_PATH


@cache
def can_speak_websocket() -> bool:
    """Whether a library is there; it is not imported for this."""
    return any(find_spec(name) is not None for name in ("websockets", "wsproto"))


@cache
def websocket_protocol() -> Callable[..., asyncio.Protocol] | None:
    """uvicorn's protocol for the library that is there, None where there is none."""
    # Imported when a client asks for it first: it takes longer than the rest of a small server.
    from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol

    return AutoWebSocketsProtocol
