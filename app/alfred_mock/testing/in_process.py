"""The server in a thread, with an event loop of its own, or the application without a server."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from weakref import WeakSet

import uvicorn

from alfred_mock.core.settings import Settings
from alfred_mock.database import CannotStart
from alfred_mock.main import Application, create_app
from alfred_mock.serve import Server, http_config
from alfred_mock.testing.asgi import DirectApplication
from alfred_mock.testing.errors import StartError
from alfred_mock.testing.log import ServerLog

TICK_SECONDS = 1
"""How often the `Date` of answers is brought up to date."""


if hasattr(time, "CLOCK_MONOTONIC"):
    _monotonic = partial(time.clock_gettime, time.CLOCK_MONOTONIC)
else:
    _monotonic = partial(time.monotonic)


class _Server(Server):
    """Ends as soon as it is told to, instead of at the next look at the clock."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[str], None]) -> None:
        super().__init__(config, announce)
        self._stopping = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait for the end."""
        # What is due each second is done at every tenth tick, and the 0th is one.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK_SECONDS)

    def stop(self) -> None:
        """To be called in the server's own thread."""
        self.should_exit = True
        self._stopping.set()


class ServerThread:
    """A server in a daemon thread; `start` makes one that answers."""

    url: str

    def __init__(self, settings: Settings) -> None:
        self.log = ServerLog(settings.log_level)
        self._settings = settings
        self._process_id = os.getpid()
        self._listening: socket.socket | None = None
        self._decided = threading.Event()
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="alfred-mock", daemon=True)

    def start(self) -> None:
        """Returns when it answers; raises what keeps it from that."""
        self._thread.start()
        self._decided.wait()
        if self._problem is not None:
            self._thread.join()
            raise self._problem

    def stop(self) -> None:
        """Returns when the thread has ended; in a forked process there is none."""
        if os.getpid() != self._process_id:
            return
        with suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join()

    def leave_port(self) -> None:
        """In a forked process: the port is to be free when the parent's server ends."""
        descriptor = -1 if self._listening is None else self._listening.detach()
        if descriptor >= 0:  # the server had not ended before
            os.close(descriptor)

    def _run(self) -> None:
        self.log.take_over()
        try:
            config = http_config(self._settings, None, lifespan="off")
            with (
                _listening(self._settings) as listening,
                asyncio.Runner(loop_factory=partial(_new_loop, config)) as runner,
            ):
                self._loop, self._listening = runner.get_loop(), listening
                _started.add(self)
                runner.run(self._serve(config, listening))
        except BaseException as problem:
            self._problem = problem
        finally:
            self._decided.set()

    async def _serve(self, config: uvicorn.Config, listening: socket.socket) -> None:
        async with application(self._settings) as app:
            config.app = app
            self._server = _Server(config, self._announce)
            await self._server.serve([listening])

    def _announce(self, url: str) -> None:
        self.url = url
        self._decided.set()


_started: WeakSet[ServerThread] = WeakSet()


def _leave_ports() -> None:
    for thread in _started:
        thread.leave_port()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_ports)


def start(settings: Settings) -> ServerThread:
    """A server that answers.

    Raises:
        StartError: it cannot start.
    """
    thread = ServerThread(settings)
    thread.start()
    return thread


@asynccontextmanager
async def application(settings: Settings) -> AsyncIterator[Application]:
    """The application between its start and its end.

    Raises:
        StartError: it cannot start.
    """
    try:
        app = create_app(settings)
        lifespan = app.router.lifespan_context(app)
        await lifespan.__aenter__()
    except CannotStart as refusal:
        raise StartError(f"{refusal}") from None
    try:
        yield app
    finally:
        await lifespan.__aexit__(None, None, None)


def _new_loop(config: uvicorn.Config) -> asyncio.AbstractEventLoop:
    """An event loop whose timers go on while a test has made `time` stand still."""
    factory = config.get_loop_factory() or asyncio.new_event_loop
    loop = factory()
    if isinstance(loop, asyncio.BaseEventLoop):  # uvloop has a clock of its own
        loop.time = _monotonic  # type: ignore[method-assign]
    return loop


@asynccontextmanager
async def direct(settings: Settings) -> AsyncIterator[DirectApplication]:
    """The same for a client in this thread.

    Raises:
        StartError: it cannot start.
    """
    log = ServerLog(settings.log_level)
    token = log.take_over()
    try:
        context = application(settings)
        app = await context.__aenter__()
    finally:
        log.give_back(token)
    try:
        yield DirectApplication(app, log)
    finally:
        await context.__aexit__(None, None, None)


def _listening(settings: Settings) -> socket.socket:
    address = (settings.host, settings.port)
    try:
        family, *_ = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address, family=family)
    except OSError as error:
        reason = error.strerror or error
        raise StartError(f"cannot listen on {address[0]}:{address[1]}: {reason}") from None
