"""Layers around every request; pure ASGI. `main` says in which order."""

import asyncio
import logging
import re
import secrets
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alfred_mock.core.body import release
from alfred_mock.core.clock import Clock
from alfred_mock.core.errors import error_body
from alfred_mock.core.known_texts import spellings_of, without, words_of
from alfred_mock.core.masking import masked, masked_words
from alfred_mock.core.rate_limits import reset_of
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.scope_keys import (
    CALLER,
    FAULT,
    RATE_REMAINING,
    REASON,
    REQUEST_ID,
    SCHEME,
    SERVER_SEND,
    STATUS,
    UNVERIFIED_COMPANY,
)
from alfred_mock.core.trace_context import trace_of
from alfred_mock.database import CannotStart, DatabaseUnavailable, patience

Pairs = Sequence[tuple[bytes, bytes]]

access_log = logging.getLogger("alfred_mock.access")

_COMMON = frozenset(
    (b"x-ratelimit-limit", b"x-ratelimit-remaining", b"x-ratelimit-reset", b"x-request-id")
)
_PAGE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""For a page that does not say itself what it may load."""
_ACCEPTED_REQUEST_ID = re.compile(rb"[\w.:/+=-]{1,128}", re.ASCII)

STOPPING = JsonReply(
    error_body(503, "The server is stopping; try again."),
    status_code=503,
    headers={"Retry-After": "1", "Connection": "close"},
)
"""What a request is told whose time the end of the server has cut off."""


class CommonHeaders:
    """Puts the common headers on every answer, and those that protect a page on every page
    that does not protect itself.

    `X-Request-ID` is the client's own if it sent a usable one (our choice).

    `X-RateLimit-Limit`, `-Remaining` and `-Reset` promise every caller a whole minute's budget.
    Alfred documents no limit, but the official Python client slows itself down second by second
    when these are missing or the budget runs low (SDK); so it never shrinks, unless limits are
    enforced: then it is what the caller has left (our choice). `-Reset` is in unix seconds (SDK).
    An answer that has one of these headers already keeps it.
    """

    def __init__(self, app: ASGIApp, *, rate_limit: int, clock: Clock) -> None:
        self._app = app
        self.clock = clock
        self._limit = str(rate_limit).encode()
        self._prefix = secrets.token_hex(4).encode()
        self._count = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID] = self._request_id(scope)
        scope[SERVER_SEND] = send
        patience.begin()

        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                scope[STATUS] = message["status"]
                message["headers"] = self.added_to(
                    message["headers"], request_id, scope.get(RATE_REMAINING)
                )
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except asyncio.CancelledError:
            # The server cancels what is still under way at the end of its grace.
            if begun:
                raise
            await STOPPING(scope, receive, send_with_headers)
        finally:
            patience.end()
            release(scope)

    def added_to(
        self, headers: Pairs, request_id: bytes, remaining: int | None
    ) -> list[tuple[bytes, bytes]]:
        """The headers of an answer with the common ones; `remaining` as `RATE_REMAINING` has it."""
        common = [
            (b"x-ratelimit-limit", self._limit),
            (b"x-ratelimit-remaining", self._limit if remaining is None else b"%d" % remaining),
            (b"x-ratelimit-reset", b"%d" % reset_of(self.clock.real())),
            (b"x-request-id", request_id),
        ]
        is_page = is_protected = False
        for name, value in headers:
            if name in _COMMON:
                common = [pair for pair in common if pair[0] != name]
            elif name == b"content-type" and value[:9].lower() == b"text/html":
                is_page = True
            elif name == b"content-security-policy":
                is_protected = True
        if is_page and not is_protected:
            common += _PAGE_HEADERS
        return [*headers, *common]

    def next_id(self) -> bytes:
        """An id for a request whose client has sent no usable one."""
        return b"%s-%d" % (self._prefix, next(self._count))

    def _request_id(self, scope: Scope) -> bytes:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and usable_id(value):
                return bytes(value)
        return self.next_id()


def usable_id(value: bytes) -> bool:
    """Whether a client's `X-Request-ID` is taken over."""
    return _ACCEPTED_REQUEST_ID.fullmatch(value) is not None


class AccessLog:
    """Writes a line per request, without query, headers and body: no secret reaches a log.

    `secrets_among` says which of some words are secrets; it is asked about requests that fail.
    """

    def __init__(
        self, app: ASGIApp, secrets_among: Callable[[list[str]], Awaitable[list[str]]]
    ) -> None:
        self._app = app
        self._secrets_among = secrets_among

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        begun = time.perf_counter()

        async def send_and_look(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, send_and_look)
        finally:
            path = scope.get("raw_path", b"").decode("latin-1") or scope["path"]
            asked = masked(path.partition("?")[0])
            reason = masked_words(f" ({scope[REASON]})") if REASON in scope else ""
            if not 0 < status < HTTPStatus.BAD_REQUEST:
                spellings = spellings_of(await self._known_in(f"{asked} {reason}"))
                asked, reason = without(asked, spellings), without(reason, spellings)
            duration_ms = (time.perf_counter() - begun) * 1_000
            trace = trace_of(scope)
            access_log.info(
                "%s %s %s %d %.1f ms%s%s",
                scope[REQUEST_ID].decode(),
                scope["method"],
                asked,
                status,
                duration_ms,
                reason,
                f" trace {trace.trace_id}" if trace else "",
                extra={
                    "fields": {
                        "method": scope["method"],
                        "path": asked,
                        "status": status,
                        "duration_ms": round(duration_ms, 1),
                        "scheme": scope.get(SCHEME),
                        "reason": reason[2:-1] or None,
                        "fault": scope.get(FAULT),
                    },
                    "caller": scope.get(CALLER) or scope.get(UNVERIFIED_COMPANY),
                },
            )

    async def _known_in(self, text: str) -> list[str]:
        try:
            return await self._secrets_among(words_of(text))
        except DatabaseUnavailable:
            return []


def refusals_in_plain(send: Send) -> Send:
    """Makes a server that refuses to start say why in one sentence, without a stack trace."""

    async def send_plainly(message: Message) -> None:
        refusal = sys.exception()
        if message["type"] == "lifespan.startup.failed" and isinstance(refusal, CannotStart):
            message["message"] = f"alfred-mock does not start: {refusal}"
        await send(message)

    return send_plainly
