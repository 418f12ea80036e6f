"""Spans for OpenTelemetry: the extra `otel`, set up by its own environment variables.

They are made where `OTEL_TRACES_EXPORTER` or an `OTEL_EXPORTER_OTLP_…ENDPOINT` says where to send
them; `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, `OTEL_PROPAGATORS` and so on mean what they always
do (opentelemetry.io). Names of attributes are those of its semantic conventions for HTTP.
"""

import asyncio
import logging
import threading
from contextlib import suppress
from http import HTTPStatus
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock import __version__
from alfred_mock.core.environment import TracesExporter, traces_exporter
from alfred_mock.core.errors import Refusal
from alfred_mock.core.masking import masked, masked_words
from alfred_mock.core.scope_keys import (
    REASON,
    REQUEST_ID,
    SCHEME,
    STATUS,
    TRACE,
    UNVERIFIED_COMPANY,
)
from alfred_mock.core.trace_context import TraceContext
from alfred_mock.telemetry.requests import route_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger("alfred_mock")

SERVICE = "alfred-mock"
_UNNAMED = "unknown_service"
FLUSH_SECONDS = 1
"""How long the end waits for spans that are not sent yet."""


def provider_from_environment() -> "TracerProvider | None":
    """What makes spans and sends them, None where nobody wants any.

    Raises:
        Refusal: they are to be sent in a way that is not installed.
    """
    exporter = traces_exporter()
    if exporter is None:
        return None
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        # Whoever runs a cluster may set these variables for everything in it.
        log.warning("no spans are made: the extra `otel` of alfred-mock is not installed")
        return None
    resource = Resource({"service.version": __version__}).merge(Resource.create())
    if str(resource.attributes["service.name"]).startswith(_UNNAMED):
        resource = resource.merge(Resource({"service.name": SERVICE}))
    # At its own end it would wait for the collector without a limit.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(_exporter(exporter)))
    return provider


def _exporter(asked: TracesExporter) -> Any:
    found = entry_points(group="opentelemetry_traces_exporter", name=asked.entry_point)
    if not found:
        raise Refusal(f"{asked.variable}: no exporter of spans called {asked.name} is installed")
    (first, *_) = found
    return first.load()()


class Spans:
    """Makes a span of each request, as a part of the client's trace if it names one."""

    def __init__(self, app: ASGIApp, provider: Any) -> None:
        from opentelemetry import propagate, trace

        self._app = app
        self._extract = propagate.extract
        self._trace = trace
        self._tracer = provider.get_tracer("alfred_mock", __version__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._tracer.start_as_current_span(
            scope["method"],
            context=self._extract(_carrier(scope)),
            kind=self._trace.SpanKind.SERVER,
            attributes=_attributes(scope),
            # An exception's text and its trace may hold a secret; the log has them, masked.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            place = span.get_span_context()
            scope[TRACE] = TraceContext(f"{place.trace_id:032x}", f"{place.span_id:016x}")
            try:
                await self._app(scope, receive, send)
            finally:
                self._finish(span, scope)

    def _finish(self, span: Any, scope: Scope) -> None:
        if not span.is_recording():
            return
        status = scope.get(STATUS)
        route = route_of(scope)
        if route is not None:
            span.update_name(f"{scope['method']} {route}")
            span.set_attribute("http.route", route)
        if status:
            span.set_attribute("http.response.status_code", status)
        for key, name in (
            (UNVERIFIED_COMPANY, "alfred_mock.company"),
            (SCHEME, "alfred_mock.scheme"),
        ):
            if scope.get(key) is not None:
                span.set_attribute(name, str(scope[key]))
        if not status or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.set_attribute("error.type", str(status) if status else "unanswered")
            # Why a server failed is no secret, but may quote one.
            reason = masked_words(str(scope.get(REASON, ""))) or None
            span.set_status(self._trace.StatusCode.ERROR, reason)


def _carrier(scope: Scope) -> dict[str, str]:
    carrier: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1")
        text = value.decode("latin-1")
        carrier[key] = f"{carrier[key]},{text}" if key in carrier else text
    return carrier


def _attributes(scope: Scope) -> dict[str, str]:
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    return {
        "http.request.method": scope["method"],
        "url.path": masked(path),
        "url.scheme": scope["scheme"],
        "alfred_mock.request_id": scope.get(REQUEST_ID, b"").decode("latin-1"),
    }


async def shut_down(provider: Any) -> None:
    """Send the spans that wait; a collector that does not answer does not hold up the end."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def shut() -> None:
        provider.shutdown()
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(ended.set)

    # A thread of the loop's own pool would be waited for at the end.
    threading.Thread(target=shut, daemon=True, name="last-spans").start()
    try:
        await asyncio.wait_for(ended.wait(), FLUSH_SECONDS)
    except TimeoutError:
        log.warning("the last spans were not sent")
