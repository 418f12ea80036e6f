"""The floor under any ASGI application: the two answers as constants, without a framework."""

from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.baselines.answers import CREATED, DETAIL

_JSON = (b"content-type", b"application/json")


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer each POST as a create, and all else as a detail."""
    if scope["type"] != "http":
        return
    body = CREATED if scope["method"] == "POST" else DETAIL
    headers = [_JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
