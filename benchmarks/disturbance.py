"""What a long operation does to others: the longest wait of another request, and of another writer.

Both are asked without a pause, each on a connection of its own and in a process of its own, so that
what the operation sends and reads here disturbs neither.
"""

import http.client
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

_STEP_SECONDS = 0.001
_SETTLED_SECONDS = 0.3


@dataclass
class Disturbance:
    """What was seen while an operation ran."""

    seconds: float = 0.0
    loop_ms: float = 0.0
    """The longest answer of `GET /livez`, which needs nothing but the event loop."""
    writer_ms: float = 0.0
    """The longest answer of `POST /api/deferred/create` to another company."""
    peak_mib: float = 0.0
    """The most memory of the server while it ran."""


@contextmanager
def watching(port: int, process: int, key: str) -> Iterator[Disturbance]:
    """Measure while the block runs; the figures are there after it. `key` is the writer's own."""
    seen = Disturbance()
    reset_peak(process)
    probes = [
        _Probe(port, "GET", "/livez", ""),
        _Probe(port, "POST", "/api/deferred/create", key),
    ]
    try:
        time.sleep(_SETTLED_SECONDS)
        begun = time.monotonic()
        try:
            yield seen
        finally:
            seen.seconds = time.monotonic() - begun
            seen.peak_mib = peak_mib(process)
            time.sleep(_SETTLED_SECONDS)
    finally:
        seen.loop_ms, seen.writer_ms = (probe.longest() for probe in probes)


def reset_peak(process: int) -> None:
    """Have the kernel begin anew with the most memory of a process."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def peak_mib(process: int) -> float:
    """The most memory of a process since then."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return int(status["VmHWM"].split()[0]) / 1_024


class _Probe:
    """A process that asks for the same again and again."""

    def __init__(self, *what: object) -> None:
        context = multiprocessing.get_context("spawn")
        self._end, theirs = context.Pipe()
        self._process = context.Process(target=_ask_on, args=[theirs, *what], daemon=True)
        self._process.start()
        self._end.recv()

    def longest(self) -> float:
        """End it; the longest answer in milliseconds."""
        self._end.send(None)
        longest: float = self._end.recv()
        self._process.join()
        return longest


def _ask_on(end: Connection, port: int, method: str, path: str, key: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"X-TagshelfAPI-Key": key} if key else {}
    longest = 0.0
    for number in range(10**9):
        begun = time.perf_counter()
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200 and number:  # the first one connects
            longest = max(longest, time.perf_counter() - begun)
        elif answer.status != 200:
            longest = float("inf")
        if number == 1:
            end.send(None)
        if end.poll():
            break
        time.sleep(_STEP_SECONDS)
    end.send(longest * 1_000)
