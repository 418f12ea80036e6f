"""What a request costs between a connection's bytes and the answer's, with each trick left out.

One process, no sockets: bytes are given to the protocols of 32 connections, as one turn of the
event loop does, and their transports keep what is written. So nothing but our own work and that of
the libraries is timed, by the processor's time of this process; the best of several rounds is told.
"""

import asyncio
import gc
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from uvicorn.server import ServerState

from alfred_mock.core.settings import JournalMode, Settings
from alfred_mock.database.sqlite import SQLite
from alfred_mock.engine import blocks, fast_path
from alfred_mock.engine.fast_protocol import FastProtocol
from alfred_mock.main import Application, create_app
from alfred_mock.serve import http_config
from benchmarks.machine import Cores
from benchmarks.plan import Plan, scratch
from benchmarks.progress import say
from benchmarks.report import table
from benchmarks.wire import KEY

CONNECTIONS = 32
_TURNS = 200
_HEAD = (
    "Host: 127.0.0.1:8000\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
    "Connection: keep-alive\r\nUser-Agent: python-httpx/0.28.1\r\n"
    f"X-TagshelfAPI-Key: {KEY}\r\n\r\n"
)
_Without = Callable[[ExitStack, Application], object]


def _with_tasks(_: ExitStack, app: Application) -> None:
    path = app.fast_path
    if path is not None:
        path._manner = path._manner._replace(needs_tasks=True)


def _without_memory(stack: ExitStack, _: Application) -> None:
    stack.enter_context(patch.object(SQLite, "look_up", SQLite.fetch))
    stack.enter_context(patch.object(SQLite, "remembered", property(lambda _: {})))


_VARIANTS: dict[str, _Without] = {
    "as it is": lambda stack, app: None,
    "every head is parsed": lambda stack, app: stack.enter_context(
        patch.object(fast_path.FastPath, "learn", lambda *_: None)
    ),
    "a task for each request": _with_tasks,
    "every key is looked up": _without_memory,
    "answers are joined piece by piece": lambda stack, app: stack.enter_context(
        patch.object(blocks, "are_usual", lambda _: False)
    ),
    "without the fast path": lambda stack, app: setattr(app, "fast_path", None),
}


class _Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """There is nothing to close."""

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""


_Connection = tuple[FastProtocol, _Transport]


async def _answer(connections: list[_Connection], request: bytes) -> bytes:
    """Have all connections answer the same request in one turn; one of the answers."""
    for protocol, _ in connections:
        protocol.data_received(request)
    for _, transport in connections:
        while not transport.written:  # noqa: ASYNC110 - turns of the loop are what is timed
            await asyncio.sleep(0)
    answer = b"".join(connections[0][1].written)
    for _, transport in connections:
        transport.written.clear()
    return answer


async def _time(settings: Settings, without: _Without, rounds: int) -> float:
    """Microseconds of a detail."""
    app = create_app(settings)
    with ExitStack() as stack:
        async with app.router.lifespan_context(app):
            app.middleware_stack = app.build_middleware_stack()
            without(stack, app)
            config = http_config(settings, app)
            config.load()
            state = ServerState()
            state.default_headers = [(b"date", b"-" * 29), *config.encoded_headers]
            connections = []
            for _ in range(CONNECTIONS):
                connections.append((FastProtocol(config, state, {}), _Transport()))
                connections[-1][0].connection_made(connections[-1][1])
            made = await _answer(connections[:1], _request("POST", "/api/deferred/create"))
            session = made.partition(b'"session_id":"')[2].partition(b'"')[0].decode()
            request = _request("GET", f"/api/deferred/detail/{session}")
            assert (await _answer(connections, request)).startswith(b"HTTP/1.1 200 ")
            gc.collect()
            gc.freeze()
            best = float("inf")
            for _ in range(rounds):
                begun = time.process_time()
                for _ in range(_TURNS):
                    await _answer(connections, request)
                spent = time.process_time() - begun
                best = min(best, spent / _TURNS / CONNECTIONS * 1e6)
            for protocol, _ in connections:
                protocol.connection_lost(None)
            return best


def _request(method: str, path: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\n{_HEAD}".encode()


def run(plan: Plan, cores: Cores) -> bool:
    """Measure and print."""
    rows = []
    with scratch() as folder:
        for journal in (JournalMode.OFF, JournalMode.ON):
            for number, (name, without) in enumerate(_VARIANTS.items()):
                if journal is JournalMode.ON and 0 < number < len(_VARIANTS) - 1:
                    continue
                say(f"{name}, journal {journal.value}")
                spent = _timed(folder / f"{journal.value}-{number}.db", journal, without, plan)
                rows.append([f"{name}, journal {journal.value}", f"{spent:.1f}"])
    print(table(["a detail", "microseconds"], rows))
    return True


def _timed(path: Path, journal: JournalMode, without: _Without, plan: Plan) -> float:
    settings = Settings(_env_file=None, database_url=f"sqlite:///{path}", journal=journal)
    try:
        import uvloop
    except ImportError:
        return asyncio.run(_time(settings, without, plan.rounds))
    return uvloop.run(_time(settings, without, plan.rounds))
