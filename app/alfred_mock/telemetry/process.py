"""Metrics of the process itself, its event loop and its database connections."""

import asyncio
import time
from functools import partial

from alfred_mock import __version__
from alfred_mock.core.meter import Meter
from alfred_mock.database import Database
from alfred_mock.telemetry.prometheus import PrometheusMeter

SAMPLE_SECONDS = 1.0
"""How old the gauges of another worker may be, and how often the loop's delay is looked at."""


_SAME_SECONDS = 0.1
_OF_PROCESS = {
    "process_resident_memory_bytes": "Memory of each process.",
    "process_cpu_seconds_total": "Processor time of each process.",
    "process_open_fds": "Open files and sockets of each process.",
    "process_max_fds": "How many files and sockets each process may open.",
    "process_start_time_seconds": "When each process started, in unix seconds.",
}


class _Process:
    """What the system tells of this process, asked once for all of its gauges."""

    def __init__(self) -> None:
        from prometheus_client import ProcessCollector

        self._collector = ProcessCollector(registry=None)
        self._asked = 0.0
        self.values: dict[str, float] = {}
        self.read("")

    def read(self, name: str) -> float:
        now = time.monotonic()
        if now - self._asked > _SAME_SECONDS:
            self._asked = now
            self.values = {
                sample.name: sample.value
                for family in self._collector.collect()
                for sample in family.samples
            }
        return self.values.get(name, 0)


def measure_process(meter: Meter) -> None:
    """Memory, time and descriptors, as Linux tells them; elsewhere they are absent."""
    meter.gauge("info", "Processes, by version.", lambda: 1, version=__version__)
    process = _Process()
    for name in _OF_PROCESS.keys() & process.values.keys():
        # A gauge's name must not look like a counter's.
        shown = name.removesuffix("_total")
        meter.gauge(shown, _OF_PROCESS[name], partial(process.read, name), across="each")


def measure_database(meter: Meter, database: Database) -> None:
    """How busy the connections are: a pool for PostgreSQL, one writer for SQLite."""
    waits_for = "their turn in a commit"
    if not database.migrates_itself:  # PostgreSQL: SQLite has no connections to count
        waits_for = "a connection"
        meter.gauge(
            "database_connections_in_use",
            "Connections to PostgreSQL that requests hold.",
            lambda: database.usage().connections or 0,
        )
        meter.gauge(
            "database_connections_limit",
            "Connections to PostgreSQL that requests may hold.",
            lambda: database.usage().most_connections or 0,
        )
    meter.gauge(
        "database_requests_waiting",
        f"Requests that wait for {waits_for}.",
        lambda: database.usage().waiting,
    )


async def sample_regularly(meter: PrometheusMeter) -> None:
    """Read the gauges for whoever asks another worker, and see how late the loop is; for ever."""
    delay = meter.histogram(
        "event_loop_delay_seconds", "How late the event loop was, looked at once a second."
    )
    loop = asyncio.get_running_loop()
    while True:
        if meter.is_shared:
            meter.sample()
        due = loop.time() + SAMPLE_SECONDS
        await asyncio.sleep(SAMPLE_SECONDS)
        delay.record(loop.time() - due)
