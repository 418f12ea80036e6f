"""Counts and times every request, by the template of its route.

No label is what a client has made up: a path that no route takes is `unmatched`, and a method that
HTTP does not know is `other`. So strangers cannot fill the memory with labels.
"""

import time

from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.core.meter import Meter
from alfred_mock.core.scope_keys import ROUTE, SCHEME, STATUS, STOPS

UNANSWERED = 0
"""The status of a request that no answer was begun to, as in the journal."""
UNMATCHED = "unmatched"
_OTHER = "other"
_NO_SCHEME = "none"
_METHODS = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
)


class RequestMetrics:
    """Measures what it wraps; it changes nothing. Use it inside the layer that notes the status."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._in_progress = 0
        self._requests = meter.counter(
            "http_requests",
            "Requests that were answered, or whose client had gone (status 0).",
            *("method", "route", "scheme", "status"),
        )
        self._seconds = meter.histogram(
            "http_request_duration_seconds",
            "Seconds from the head of a request to the end of its answer.",
            *("method", "route"),
        )
        meter.gauge("http_requests_in_progress", "Requests under way.", lambda: self._in_progress)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        self._in_progress += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_progress -= 1
            method = scope["method"]
            if method not in _METHODS:
                method = _OTHER
            route = route_of(scope) or UNMATCHED
            self._requests.add(
                method, route, scope.get(SCHEME, _NO_SCHEME), str(scope.get(STATUS, UNANSWERED))
            )
            if STOPS not in scope:  # how long a reader has stayed says nothing about the server
                self._seconds.record(time.perf_counter() - begun, method, route)


def route_of(scope: Scope) -> str | None:
    """The template of the route that took a request, None where none did."""
    if ROUTE in scope:
        return str(scope[ROUTE])
    template: str | None = getattr(scope.get("route"), "path", None)
    if template is None:
        return None
    # A router's prefix is not in it. Since the route was found, the rest of the path is the prefix.
    segments = scope["path"].split("/")
    return "/".join(segments[: len(segments) - template.count("/")]) + template
