"""What a running server tells about itself, put together as its settings ask for."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from alfred_mock.core.meter import NO_METER, Meter
from alfred_mock.core.settings import LogFormat, Settings
from alfred_mock.database import Database
from alfred_mock.listening import listening_at


class Telemetry:
    """Metrics, spans and what logs need; each is left out altogether where it is off."""

    sockets: Sequence[socket.socket] = ()
    """Those of the address for metrics, where the parent process has made them for all workers."""

    def __init__(
        self, settings: Settings, *, folder: Path | None = None, provider: Any = None
    ) -> None:
        """`folder` is where several workers count together.

        `provider` is an OpenTelemetry `TracerProvider`, instead of the environment's.

        Raises:
            Refusal: spans are to be sent in a way that is not installed.
        """
        self._settings = settings
        self._meter = _meter(folder) if settings.with_metrics else None
        self._provider = provider or _provider()

    @property
    def meter(self) -> Meter:
        """Where all parts of the server count."""
        return self._meter or NO_METER

    def measure(self, database: Database) -> None:
        """Measure what is the same for every server: its process and its database."""
        if self._meter is not None:
            from alfred_mock.telemetry.process import measure_database, measure_process

            measure_process(self._meter)
            measure_database(self._meter, database)

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application with what looks at each of its requests."""
        if self._meter is not None:
            from alfred_mock.telemetry.requests import RequestMetrics

            app = RequestMetrics(app, self._meter)
        if self._provider is not None:
            from alfred_mock.telemetry.tracing import Spans

            app = Spans(app, self._provider)
        if self._settings.log_format is LogFormat.JSON:
            from alfred_mock.telemetry.json_logs import LogContext

            app = LogContext(app)
        return app

    @property
    def looks_at_requests(self) -> bool:
        """Whether `around` adds anything."""
        json = self._settings.log_format is LogFormat.JSON
        return json or self._meter is not None or self._provider is not None

    def metrics_app(self) -> ASGIApp | None:
        """What answers `GET /metrics`, None where metrics are off."""
        if self._meter is None:
            return None
        from alfred_mock.telemetry.metrics_app import MetricsApp

        return MetricsApp(self._meter)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sample, and listen on the address for metrics; to be entered with an open database."""
        async with AsyncExitStack() as stack:
            if self._provider is not None:
                from alfred_mock.telemetry.tracing import shut_down

                stack.push_async_callback(shut_down, self._provider)
            if self._meter is not None:
                from alfred_mock.telemetry.process import sample_regularly

                sampling = asyncio.create_task(sample_regularly(self._meter))
                stack.callback(sampling.cancel)
            app, address = self.metrics_app(), self._settings.metrics_address
            if app is not None and address is not None:
                from alfred_mock.engine.side_server import serving

                sockets = self.sockets or stack.enter_context(listening_at(*address_of(address)))
                await stack.enter_async_context(serving(app, sockets))
            yield


def address_of(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; an IPv6 host is in brackets."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def _meter(folder: Path | None) -> Any:
    from alfred_mock.telemetry.prometheus import PrometheusMeter

    return PrometheusMeter(folder)


def _provider() -> Any:
    from alfred_mock.core.environment import traces_exporter

    if traces_exporter() is None:
        return None
    from alfred_mock.telemetry.tracing import provider_from_environment

    return provider_from_environment()
