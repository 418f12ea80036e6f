"""The proxy: a client calls it instead of Alfred, and gets Alfred's answers."""

import asyncio
import logging
import time

from starlette.types import Receive, Scope, Send

from alfred_mock.conformance.exchange import Answer, Request, Stopped
from alfred_mock.conformance.report import Result
from alfred_mock.core.clock import Clock
from alfred_mock.core.errors import error_body
from alfred_mock.core.replies import JsonReply
from alfred_mock.recording.credentials import Credentials
from alfred_mock.recording.exchanges import LARGEST, Exchange
from alfred_mock.recording.shadow import Routes, Shadow
from alfred_mock.recording.upstream import Upstream, to_client

log = logging.getLogger("alfred_mock")


class Recorder:
    """An ASGI application that passes everything on, and remembers it."""

    def __init__(
        self, upstream: Upstream, credentials: Credentials, shadow: Shadow, routes: Routes
    ) -> None:
        self.exchanges: list[Exchange] = []
        self.results: list[Result] = []
        self._upstream = upstream
        self._credentials = credentials
        self._shadow = shadow
        self._routes = routes
        self._clock = Clock()
        # The double must see the requests in the order in which they were answered.
        self._one_by_one = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await _request(scope, receive)
        if request is None:
            refusal = error_body(413, f"More than {LARGEST} bytes are not recorded.")
            await JsonReply(refusal, 413)(scope, receive, send)
            return
        at, begun = self._clock.real(), time.perf_counter()
        try:
            answer = await self._upstream.send(self._credentials.onward(request))
        except Stopped as stopped:
            log.warning("%s %s: %s", request.method, scope["path"], stopped)
            await JsonReply(error_body(502, f"{stopped}."), 502)(scope, receive, send)
            return
        duration_us = round((time.perf_counter() - begun) * 1_000_000)
        await _answer(to_client(self._credentials.back(request, answer)), request, send)
        route = self._routes.of(request.method, request.target.partition("?")[0])
        exchange = Exchange(at, duration_us, request, answer, route)
        async with self._one_by_one:
            self.exchanges.append(exchange)
            self.results += await self._shadow.compare(exchange)


async def _request(scope: Scope, receive: Receive) -> Request | None:
    """The whole request, None if its body is too large."""
    pieces: list[bytes] = []
    size, has_more = 0, True
    while has_more:
        message = await receive()
        if message["type"] != "http.request":
            break
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        has_more = message.get("more_body", False)
        if size > LARGEST:
            return None
    query = scope["query_string"].decode("latin-1")
    target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    return Request(scope["method"], target, headers, b"".join(pieces))


async def _answer(answer: Answer, request: Request, send: Send) -> None:
    headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in answer.headers]
    if answer.status in (204, 304) or request.method == "HEAD":
        headers = [pair for pair in headers if pair[0] != b"content-length"]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
