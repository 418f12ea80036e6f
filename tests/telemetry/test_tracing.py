"""Spans: what they say, whose trace they are part of, and where they are sent."""

import gzip
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from alfred_mock.core.environment import traces_exporter
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from alfred_mock.telemetry.assembly import Telemetry
from alfred_mock.telemetry.tracing import provider_from_environment
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY, application, server_process

pytestmark = pytest.mark.anyio

CLEAN_STOP_SECONDS = 5
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = {"traceparent": f"00-{TRACE}-{SPAN}-01"}


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url, access_log=True)


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def app(settings: Settings, exporter: InMemorySpanExporter) -> AsyncIterator[Application]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = Telemetry(settings, provider=provider)
    async with application(create_app(settings, telemetry)) as started:
        yield started


def _only(exporter: InMemorySpanExporter) -> ReadableSpan:
    (span,) = exporter.get_finished_spans()
    return span


async def test_a_span_says_what_was_asked_and_answered(
    client: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    headers = WITH_KEY | {"X-Request-ID": "mine"}
    await client.get(f"/api/deferred/detail/{UNKNOWN_ID}?token=secret", headers=headers)
    span = _only(exporter)
    assert (span.name, span.kind) == ("GET /api/deferred/detail/{id}", SpanKind.SERVER)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/api/deferred/detail/{id}",
        "http.response.status_code": 404,
        "url.path": f"/api/deferred/detail/{UNKNOWN_ID}",
        "url.scheme": "http",
        "alfred_mock.request_id": "mine",
        "alfred_mock.company": COMPANY,
        "alfred_mock.scheme": "api_key",
    }
    assert span.status.status_code is StatusCode.UNSET


async def test_a_span_is_part_of_the_clients_trace(
    client: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    await client.get("/api/tagshelf/ping", headers=WITH_KEY | TRACEPARENT)
    span = _only(exporter)
    assert span.context is not None
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == SPAN


async def test_the_log_has_the_trace_that_the_server_began(
    client: httpx.AsyncClient,
    exporter: InMemorySpanExporter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "alfred_mock.access")
    await client.get("/api/tagshelf/ping", headers=WITH_KEY)
    context = _only(exporter).context
    assert context is not None
    assert caplog.messages[-1].endswith(f" trace {context.trace_id:032x}")


async def test_a_failure_of_ours_is_an_error(
    app: Application, client: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    async def boom() -> None:
        raise ZeroDivisionError("password=hunter2")

    app.add_api_route("/boom", boom)
    await client.get("/boom")
    span = _only(exporter)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "500"
    assert "hunter2" not in span.to_json()


@pytest.mark.parametrize(
    ("variables", "entry_point"),
    [
        ({}, None),
        ({"OTEL_SERVICE_NAME": "stub"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "otlp_proto_http"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1"}, "otlp_proto_http"),
        (
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "otlp_proto_grpc",
        ),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, None),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "console"}, None),
    ],
)
def test_the_environment_says_by_what_spans_are_sent(
    variables: dict[str, str], entry_point: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    asked = traces_exporter()
    assert (asked and asked.entry_point) == entry_point


def test_an_exporter_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "zipkinn")
    with pytest.raises(Refusal, match="OTEL_TRACES_EXPORTER: no exporter of spans called zipkinn"):
        provider_from_environment()


def test_without_the_extra_the_server_runs_and_says_that_it_makes_no_spans() -> None:
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None\n"
        "import logging; logging.basicConfig()\n"
        "from alfred_mock.main import create_app\n"
        "from alfred_mock.core.settings import Settings\n"
        "create_app(Settings(_env_file=None, database_url='sqlite:///:memory:'))\n"
    )
    environment = {"OTEL_TRACES_EXPORTER": "console", "PATH": "", "PYTHONPATH": ":".join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert ended.returncode == 0, ended.stderr
    assert "the extra `otel` of alfred-mock is not installed" in ended.stderr


class _Collector(HTTPServer):
    """Takes what an OTLP exporter sends."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Export)
        self.received: list[Any] = []


class _Export(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        export = ExportTraceServiceRequest.FromString(body)
        assert isinstance(self.server, _Collector)
        self.server.received.append((self.path, export))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def test_a_server_sends_its_spans_to_a_collector_at_the_latest_when_it_ends(
    sqlite_url: str,
) -> None:
    with _Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        endpoint = f"http://127.0.0.1:{collector.server_port}"
        with server_process(
            "--database-url", sqlite_url, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint
        ) as server:
            httpx.get(f"{server.url}/api/tagshelf/ping", headers=WITH_KEY | TRACEPARENT)
            status, _, err = server.stop()
        collector.shutdown()
        thread.join()
    assert (status, err) == (0, "")
    (path, export) = collector.received[0]
    assert path == "/v1/traces"
    (of_resource,) = export.resource_spans
    resource = {each.key: each.value.string_value for each in of_resource.resource.attributes}
    assert resource["service.name"] == "alfred-mock"
    (span,) = of_resource.scope_spans[0].spans
    assert span.name == "GET /api/tagshelf/ping"
    assert span.trace_id.hex() == TRACE


def test_a_collector_that_does_not_answer_does_not_hold_up_the_end(sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with server_process(
            "--database-url", sqlite_url, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint
        ) as server:
            httpx.get(f"{server.url}/api/tagshelf/ping", headers=WITH_KEY)
            begun = time.monotonic()
            status, _, err = server.stop()
    assert time.monotonic() - begun < CLEAN_STOP_SECONDS
    assert status == 0
    assert "the last spans were not sent" in err
