"""What every request passes before the API itself; pure ASGI, outermost first in `main`."""

import logging
import re
import secrets
import sys
import time
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alfred_mock.core.clock import SECOND, Clock
from alfred_mock.core.errors import Refusal

access_log = logging.getLogger("alfred_mock.access")

WINDOW_SECONDS = 60
REASON = "alfred_mock.reason"
"""Scope key under which an error leaves what the client was not told."""

_ACCEPTED_REQUEST_ID = re.compile(rb"[\w.:/+=-]{1,128}", re.ASCII)


class RequestId:
    """Gives each answer an `X-Request-ID`: the client's own if it sent a usable one (our choice).

    Writes the access log, if that is on: a line a request without any header or body in it, so
    that no secret can reach a log.
    """

    def __init__(self, app: ASGIApp, *, log: bool) -> None:
        self._app = app
        self._log = log
        self._prefix = secrets.token_hex(4)
        self._count = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._request_id(scope)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            await send(message)

        if not self._log:
            await self._app(scope, receive, send_with_id)
            return
        begun = time.perf_counter()
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            access_log.info(
                "%s %s %s %d %.1f ms%s",
                request_id.decode(),
                scope["method"],
                scope.get("raw_path", b"").decode("latin-1") or scope["path"],
                status,
                (time.perf_counter() - begun) * 1_000,
                f" ({scope[REASON]})" if REASON in scope else "",
            )

    def _request_id(self, scope: Scope) -> bytes:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _ACCEPTED_REQUEST_ID.fullmatch(value):
                return bytes(value)
        return f"{self._prefix}-{next(self._count)}".encode()


class RateLimitHeaders:
    """Promises every caller a whole minute's budget, on every answer.

    Alfred documents no limit, but the official Python client slows itself down second by second
    when the three headers are missing or the budget runs low (SDK). So the budget never shrinks
    (our choice). `X-RateLimit-Reset` is in unix seconds (SDK).
    """

    def __init__(self, app: ASGIApp, *, limit: int, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        text = str(limit).encode()
        self._budget = [(b"x-ratelimit-limit", text), (b"x-ratelimit-remaining", text)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_budget(message: Message) -> None:
            if message["type"] == "http.response.start":
                minutes = self._clock.now() // (WINDOW_SECONDS * SECOND) + 1
                reset = (b"x-ratelimit-reset", str(minutes * WINDOW_SECONDS).encode())
                message["headers"] = [*message.get("headers", ()), *self._budget, reset]
            await send(message)

        await self._app(scope, receive, send_with_budget)


class RefusalsInPlain:
    """Lets a server that must not start say why in one sentence instead of a stack trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_plainly(message: Message) -> None:
            refusal = sys.exception()
            if message["type"] == "lifespan.startup.failed" and isinstance(refusal, Refusal):
                message["message"] = f"alfred-mock does not start: {refusal}"
            await send(message)

        await self._app(scope, receive, send_plainly)
