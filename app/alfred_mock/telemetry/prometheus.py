"""A meter whose instruments are those of `prometheus_client`, and the text that Prometheus reads.

Several workers cannot see into each other. There the library keeps every number in a file of its
worker, in a folder that all of them share, and the text has the sums: it is right at once,
whichever worker is asked, and a worker that was restarted has not lost what it counted before.

The library is imported when a meter is made, which is where metrics are asked for.
"""

import asyncio
import os
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from alfred_mock.core.meter import Across, Counter, Histogram

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

T = TypeVar("T")

NAMESPACE = "alfred_mock"
"""What every name begins with."""
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own; it reads it when it is imported, and it takes nothing else."""

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""The bounds of a histogram's buckets: a read takes less than a millisecond (our choice)."""
READS, READ_AGAIN_SECONDS = 10, 0.005
_UNFINISHED = (struct.error, ValueError, RuntimeError, FileNotFoundError)
"""What reading a file raises that another worker makes, or lets grow, at that very moment."""
_MODES = {"sum": "livesum", "max": "livemax", "each": "liveall"}


class Unreadable(Exception):
    """What the workers have written cannot be read."""


class _Instrument:
    def __init__(self, metric: Any) -> None:
        self._metric = metric
        self._children: dict[tuple[str, ...], Any] = {}

    def _of(self, labels: tuple[str, ...]) -> Any:
        child = self._children.get(labels)
        if child is None:  # the library's own way to it is slow
            child = self._children[labels] = _child(self._metric, labels)
        return child


class _Counter(_Instrument):
    def add(self, *labels: str, by: float = 1) -> None:
        """Count."""
        self._of(labels).inc(by)


class _Histogram(_Instrument):
    def record(self, value: float, *labels: str) -> None:
        """Take a value."""
        self._of(labels).observe(value)


def _child(metric: Any, labels: tuple[str, ...]) -> Any:
    return metric.labels(*labels) if labels else metric


class PrometheusMeter:
    """Makes instruments that Prometheus can read."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is the one that several workers share; None for a process that is alone."""
        if folder is not None:
            os.environ[FOLDER_VARIABLE] = str(folder)
        import prometheus_client

        self._library = prometheus_client
        self._folder = folder
        self._registry = prometheus_client.CollectorRegistry()
        self._made: dict[str, Any] = {}
        self._reads: list[Callable[[], None]] = []

    def counter(self, name: str, description: str, *labels: str) -> Counter:
        """A counter; its name is shown with `_total` at the end."""
        return self._once(name, lambda: _Counter(self._new("Counter", name, description, labels)))

    def histogram(self, name: str, description: str, *labels: str) -> Histogram:
        """A histogram of seconds."""
        return self._once(
            name,
            lambda: _Histogram(self._new("Histogram", name, description, labels, buckets=SECONDS)),
        )

    def gauge(
        self,
        name: str,
        description: str,
        read: Callable[[], float],
        *,
        across: Across = "sum",
        **labels: str,
    ) -> None:
        """A value that is read when Prometheus asks, of other workers once a second."""
        mode = _MODES[across]
        metric = self._once(
            name,
            lambda: self._new("Gauge", name, description, tuple(labels), multiprocess_mode=mode),
        )
        gauge = _child(metric, tuple(labels.values()))
        self._reads.append(lambda: gauge.set(read()))

    @property
    def is_shared(self) -> bool:
        """Whether other workers may be asked for what this one has read."""
        return self._folder is not None

    def sample(self) -> None:
        """Read the gauges of this process."""
        for read in self._reads:
            read()

    async def text(self, accept: str) -> tuple[bytes, str]:
        """All metrics, and their content type: Prometheus's text, or OpenMetrics if accepted.

        Made on a thread: it takes tens of milliseconds, in which requests go on.

        Raises:
            Unreadable: another worker has left a file that makes no sense.
        """
        from prometheus_client.exposition import choose_encoder

        self.sample()
        encode, content_type = choose_encoder(accept)
        return await asyncio.to_thread(self._encoded, encode), content_type

    def _encoded(self, encode: "Callable[[CollectorRegistry], bytes]") -> bytes:
        for _ in range(READS):
            try:
                return encode(self._shown())
            except _UNFINISHED:
                time.sleep(READ_AGAIN_SECONDS)
        raise Unreadable(f"the files in {self._folder} cannot be read")

    def _shown(self) -> "CollectorRegistry":
        """What is shown: of this process, or of all workers."""
        if self._folder is None:
            return self._registry
        _forget_the_dead(self._folder)
        shared = self._library.CollectorRegistry()
        shared.register(_Workers(self._folder))
        return shared

    def _new(
        self, kind: str, name: str, description: str, labels: tuple[str, ...], **more: Any
    ) -> Any:
        make = getattr(self._library, kind)
        return make(f"{NAMESPACE}_{name}", description, labels, registry=self._registry, **more)

    def _once(self, name: str, make: Callable[[], T]) -> T:
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made


class _Workers:
    """Collects what all workers have written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Any:
        """The metrics of all files; one that was only just made is still empty."""
        from prometheus_client.multiprocess import MultiProcessCollector

        files = [str(file) for file in self._folder.glob("*.db") if file.stat().st_size]
        return MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]


def _forget_the_dead(folder: Path) -> None:
    """Remove the gauges of workers that have ended; what they counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another worker was quicker
                file.unlink()
