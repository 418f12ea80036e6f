"""A running server: sockets, processes, and the line that says where it listens."""

import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

from alfred_mock.connections.client_limits import (
    FEWEST_DESCRIPTORS,
    RESERVED_DESCRIPTORS,
    descriptors,
)
from alfred_mock.connections.peers import Peers
from alfred_mock.control.access import is_not_alfreds
from alfred_mock.control.demo import banner
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import LogFormat, LogLevel, Settings
from alfred_mock.engine.fast_protocol import FastProtocol
from alfred_mock.engine.http_protocol import Protocol
from alfred_mock.engine.upgrades import MOST_WEBSOCKET_BYTES
from alfred_mock.listening import listening, listening_at
from alfred_mock.main import Application, create_app
from alfred_mock.telemetry.assembly import Telemetry, address_of

log = logging.getLogger("alfred_mock")

WORKER_START_SECONDS = 60

KEEP_ALIVE_MARGIN = 1
"""Seconds that a connection stays open beyond the time that clients are told."""

START_FAILED = 3
"""Exit status of a server that could not start; the same as uvicorn's own."""

Announce = Callable[[str], None]


class Server(uvicorn.Server):
    """A uvicorn server that says where it listens once it answers."""

    def __init__(self, config: uvicorn.Config, announce: Announce) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        if self.started:
            uds = self.config.uds
            self._announce(f"unix:{uds}" if uds else _url(self.servers[0].sockets[0]))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal, and exit with status 0 instead of raising the signal again."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


class Workers(Multiprocess):
    """Several worker processes on one socket, announced when the first of them answers."""

    def __init__(
        self,
        config: uvicorn.Config,
        sockets: list[socket.socket],
        announce: Announce,
        url: str,
    ) -> None:
        super().__init__(config, sockets)
        self._announce = announce
        self._url = url
        self.failed = False

    def terminate_all(self) -> None:
        """Close the listener first: what comes from now on is for another server."""
        for each in self.sockets:
            each.close()
        super().terminate_all()

    def init_processes(self) -> None:
        """Start the workers and wait for the first."""
        super().init_processes()
        if self.processes[0].wait_until_ready(WORKER_START_SECONDS, self.should_exit):
            self._announce(self._url)
        elif not self.signal_queue:
            self.failed = True
            self.should_exit.set()


def serve(settings: Settings, announced: Announce | None = None) -> int:
    """Serve until a signal comes; returns the exit status of the process.

    `announced` is told where the server listens, once it answers.

    Raises:
        Refusal: the settings cannot be served.
    """
    configure_logging(settings)
    if settings.workers > 1 and ":memory:" in settings.database_url:
        raise Refusal("several workers need a database that they can share, not :memory:")
    try:
        _bound_connections(settings)
        with (
            listening(settings) as sockets,
            _metrics_address(settings) as metrics_sockets,
            _shared_folder(settings) as folder,
        ):
            shared = SharedByWorkers(folder, metrics_sockets)
            return _serve(settings, sockets, shared, partial(_announce, settings, announced))
    except Refusal as refusal:
        log.error("alfred-mock does not start: %s", refusal)
        return START_FAILED


class SharedByWorkers(NamedTuple):
    """What the parent process makes for all workers, or for the only one."""

    folder: Path | None = None
    """Where they find each other, and count together; None where there is only one."""
    metrics_sockets: Sequence[socket.socket] = ()
    """The address for metrics; whichever worker is asked answers for all."""


_ALONE = SharedByWorkers()


@contextmanager
def _metrics_address(settings: Settings) -> Iterator[list[socket.socket]]:
    if settings.metrics_address is None:
        yield []
        return
    with listening_at(*address_of(settings.metrics_address)) as sockets:
        yield sockets


@contextmanager
def _shared_folder(settings: Settings) -> Iterator[Path | None]:
    if settings.workers == 1:
        yield None
        return
    try:
        folder = TemporaryDirectory(prefix="alfred-mock-")
    except OSError as error:
        raise Refusal(f"cannot make a temporary folder for workers: {error.strerror}") from None
    with folder as name:
        yield Path(name)


def _serve(
    settings: Settings,
    sockets: list[socket.socket],
    shared: SharedByWorkers,
    announce: Announce,
) -> int:
    config = http_config(settings, partial(_worker_app, settings, shared), factory=True)
    if settings.workers == 1:
        server = Server(config, announce)
        server.run(sockets)
        return 0 if server.started else START_FAILED
    url = f"unix:{settings.uds}" if settings.uds else _url(sockets[0])
    for each in (*sockets, *shared.metrics_sockets):
        each.set_inheritable(True)
    workers = Workers(config, sockets, announce, url)
    workers.run()
    return START_FAILED if workers.failed else 0


def http_config(settings: Settings, app: Any, **more: Any) -> uvicorn.Config:
    """How uvicorn is to serve an application, or a factory of one."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        uds=str(settings.uds) if settings.uds else None,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        http=FastProtocol,
        ws="none",  # our own protocol hands over the connections that may become a WebSocket
        ws_max_size=MOST_WEBSOCKET_BYTES,
        ws_ping_interval=None,  # Engine.IO has a heartbeat of its own
        ws_per_message_deflate=False,
        # Forwarded headers are judged in core.forwarded, which must still see the peer itself.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=settings.grace,
        # Clients that know the time close first, instead of sending into a connection that is
        # closing: theirs begins when they have the answer, so ours must be longer.
        timeout_keep_alive=settings.keep_alive + KEEP_ALIVE_MARGIN,
        headers=[("keep-alive", f"timeout={settings.keep_alive}")],
        **more,
    )


def _bound_connections(settings: Settings) -> None:
    """Take only so many connections that descriptors are left for everything else.

    Raises:
        Refusal: this process may open too few files to be of use.
    """
    most = descriptors()
    if most is None:
        return
    if most < FEWEST_DESCRIPTORS:
        raise Refusal(
            f"this process may open {most} files and sockets, and needs {FEWEST_DESCRIPTORS}: see"
            " `ulimit -n`"
        )
    # An upload has a temporary file, each connection to PostgreSQL is a socket.
    others = RESERVED_DESCRIPTORS + min(settings.max_uploads + settings.database_pool, most // 2)
    Protocol.limits = Protocol.limits._replace(connections=max(1, most - others))


def _worker_app(settings: Settings, shared: SharedByWorkers = _ALONE) -> Application:
    parent = multiprocessing.parent_process()
    if parent is not None:
        configure_logging(settings)
        _bound_connections(settings)
        threading.Thread(target=_stop_with, args=[parent], daemon=True).start()
    telemetry = Telemetry(settings, folder=shared.folder)
    telemetry.sockets = shared.metrics_sockets
    app = create_app(settings, telemetry)
    if shared.folder is not None and hasattr(socket, "send_fds"):
        app.peers = Protocol.peers = Peers(shared.folder)
        app.events.realtime.worker = app.peers.name
    # All objects that exist by now stay for good. A garbage collection that looked at them again
    # and again would hold up requests for tens of milliseconds at a time.
    gc.collect()
    gc.freeze()
    return app


def _stop_with(parent: BaseProcess) -> None:
    # A parent that was killed cannot tell its workers to stop, and they would hold its port.
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _announce(settings: Settings, announced: Announce | None, url: str) -> None:
    said = f"Listening on {url}\n"
    if settings.with_demo:
        said += f"{banner(url, with_control=settings.with_admin)}\n"
    try:
        print(said, end="", flush=True)  # noqa: T201 - its first line is documented
    except OSError as error:  # nobody reads, which is no reason to stop
        log.warning("cannot write to stdout: %s", error.strerror)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    if announced is not None:
        announced(url)


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _formatter(settings: Settings) -> logging.Formatter:
    if settings.log_format is LogFormat.TEXT:
        return logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    from alfred_mock.telemetry.json_logs import JsonFormatter

    return JsonFormatter()


def configure_logging(settings: Settings) -> None:
    """All logs go to stderr; uvicorn only logs when something is wrong."""
    level = settings.log_level.upper()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings))
    logging.basicConfig(level=level, handlers=[handler])
    quiet = settings.log_level is not LogLevel.DEBUG
    logging.getLogger("uvicorn").setLevel("WARNING" if quiet else level)
    # Our own sentence has told why, and one is enough.
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: record.msg != "Application startup failed. Exiting."
    )
    for noisy in ("asyncio", "alembic"):
        logging.getLogger(noisy).setLevel("WARNING")
    if settings.dev:
        _print_requests()


def _print_requests() -> None:
    """Give people the access log as lines of its own form, whatever the level of the log is."""
    from alfred_mock.core.middleware import access_log
    from alfred_mock.telemetry.request_lines import RequestLines

    access_log.handlers = [RequestLines(sys.stderr, is_hidden=is_not_alfreds)]
    access_log.propagate = False
    access_log.setLevel("INFO")
