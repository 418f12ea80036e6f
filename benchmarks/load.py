"""The load generator: a number of connections, each with one request under way at a time.

It is written here because everybody then has it: nothing to install, no Node needed to measure a
Python server. On one core it drives a bare ASGI application to the same figures as wrk does, within
two percent, at about half of that core, so what is measured is the server. Unlike wrk it looks at
every answer, and the first wrong one ends the run.
"""

import gc
import re
import selectors
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter

from benchmarks.wire import Request

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_SILENCE_SECONDS = 15


class LoadFailed(Exception):
    """A connection was lost, or an answer was not what it should be."""


@dataclass(frozen=True)
class Sample:
    """What one run measured; latencies in milliseconds."""

    requests: int
    seconds: float
    median: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds


class _Connection:
    """One connection, its request under way and the part of the answer that has come."""

    def __init__(self, port: int, requests: Iterator[tuple[bytes, bytes]]) -> None:
        self._requests = requests
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._pending = b""

    def send(self) -> None:
        """Send the next request."""
        raw, self._marker = next(self._requests)
        self._sent = perf_counter()
        self.socket.send(raw)

    def receive(self) -> float | None:
        """The seconds that the answer took, None if it is not complete yet."""
        received = self.socket.recv(65536)
        if not received:
            raise LoadFailed("the server closed a connection")
        answer = self._pending + received if self._pending else received
        if not _complete(answer):
            self._pending = answer
            return None
        took = perf_counter() - self._sent
        self._pending = b""
        if not answer.startswith(b"HTTP/1.1 200") or self._marker not in answer:
            raise LoadFailed(f"the server answered {answer[:300]!r}")
        return took


def _complete(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(answer, 0, end + 2)
    if length is not None:
        return len(answer) >= end + 4 + int(length[1])
    if _CHUNKED.search(answer, 0, end + 2) is None:
        raise LoadFailed("an answer says neither its length nor that it is chunked")
    return answer.endswith(b"0\r\n\r\n")


def run(
    port: int,
    requests: Sequence[Request],
    *,
    seconds: float,
    connections: int = 32,
    limit: int | None = None,
) -> Sample:
    """Send the requests in turn, again and again, until the time or the limit is reached.

    Raises:
        LoadFailed: anything but a right answer came.
    """
    turns = cycle([(request.raw, request.marker) for request in requests])
    latencies: list[float] = []
    with _without_garbage_collection(), selectors.DefaultSelector() as selector:
        everyone = [_Connection(port, turns) for _ in range(connections)]
        try:
            for one in everyone:
                selector.register(one.socket, selectors.EVENT_READ, one)
            started = perf_counter()
            for one in everyone:
                one.send()
            _exchange(selector, latencies, started + seconds, limit)
            took = perf_counter() - started
        except OSError as error:
            raise LoadFailed(f"a connection broke: {error}") from error
        finally:
            for one in everyone:
                one.socket.close()
    latencies.sort()
    median, p99 = (latencies[int(len(latencies) * part)] * 1_000 for part in (0.5, 0.99))
    return Sample(len(latencies), took, median, p99)


def _exchange(
    selector: selectors.BaseSelector, latencies: list[float], end: float, limit: int | None
) -> None:
    while perf_counter() < end or not latencies:
        ready = selector.select(_SILENCE_SECONDS)
        if not ready:
            raise LoadFailed(f"no answer came for {_SILENCE_SECONDS} s")
        for key, _ in ready:
            took = key.data.receive()
            if took is not None:
                latencies.append(took)
                key.data.send()
        if limit is not None and len(latencies) >= limit:
            return


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """A collection in the middle of a run would show as latency of the server."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
