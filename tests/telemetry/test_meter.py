"""The meter that all parts of the server count with, and the one that forgets."""

import subprocess
import sys
from pathlib import Path

import pytest

from alfred_mock.core.meter import NO_METER, Meter
from alfred_mock.telemetry.prometheus import PrometheusMeter
from tests.telemetry.readings import value

pytestmark = pytest.mark.anyio


async def _text(meter: PrometheusMeter) -> str:
    return (await meter.text(""))[0].decode()


async def test_a_name_makes_the_same_instrument_every_time() -> None:
    meter = PrometheusMeter()
    for _ in range(2):
        meter.counter("deliveries", "Deliveries of events.", "outcome").add("delivered")
    meter.counter("deliveries", "Deliveries of events.", "outcome").add("refused", by=3)
    text = await _text(meter)
    assert value(text, "deliveries_total", outcome="delivered") == 2
    assert value(text, "deliveries_total", outcome="refused") == 3


async def test_a_gauge_is_read_when_it_is_asked_for() -> None:
    meter, waiting = PrometheusMeter(), [1.0]
    meter.gauge("outbox_events", "Events.", lambda: waiting[0], state="waiting")
    meter.gauge("outbox_events", "Events.", lambda: 7, state="dead")
    waiting[0] = 2
    text = await _text(meter)
    assert value(text, "outbox_events", state="waiting") == 2
    assert value(text, "outbox_events", state="dead") == 7


async def test_a_histogram_has_the_number_and_the_sum_of_its_values() -> None:
    meter = PrometheusMeter()
    histogram = meter.histogram("delivery_duration_seconds", "Seconds.", "outcome")
    histogram.record(0.002, "delivered")
    histogram.record(4, "delivered")
    text = await _text(meter)
    assert value(text, "delivery_duration_seconds_count") == 2
    assert value(text, "delivery_duration_seconds_sum") == 4.002
    assert value(text, "delivery_duration_seconds_bucket", le="0.0025") == 1


async def test_openmetrics_is_for_those_that_accept_it() -> None:
    text, content_type = await PrometheusMeter().text("application/openmetrics-text;version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")


_WORKER = """
import asyncio, pathlib, sys
from alfred_mock.telemetry.prometheus import PrometheusMeter
folder = pathlib.Path(sys.argv[1])
meter = PrometheusMeter(folder)
meter.counter("calls", "Calls.").add(by=2)
meter.gauge("size", "Size.", lambda: 3)
{also}
print(asyncio.run(meter.text(""))[0].decode())
"""


def _worker(folder: Path, also: str = "") -> subprocess.CompletedProcess[str]:
    code = [sys.executable, "-c", _WORKER.format(also=also), str(folder)]
    return subprocess.run(code, capture_output=True, text=True)


def test_workers_count_together_and_the_gauges_of_those_that_ended_are_forgotten(
    tmp_path: Path,
) -> None:
    _worker(tmp_path)
    text = _worker(tmp_path).stdout
    assert value(text, "calls_total") == 4
    assert value(text, "size") == 3


def test_a_file_that_was_only_just_made_is_passed_over(tmp_path: Path) -> None:
    text = _worker(tmp_path, '(folder / "counter_1.db").touch()').stdout
    assert value(text, "calls_total") == 2


def test_a_file_that_makes_no_sense_is_told_in_one_sentence(tmp_path: Path) -> None:
    numbers = "b''.join(number.to_bytes(4, 'little') for number in (96, 0, 8))"
    failed = _worker(tmp_path, f"(folder / 'counter_1.db').write_bytes({numbers} + b'x' * 99)")
    assert f"Unreadable: the files in {tmp_path} cannot be read" in failed.stderr


def test_without_metrics_everything_is_forgotten() -> None:
    meter: Meter = NO_METER
    meter.counter("a", "b", "c").add("d", by=2)
    meter.histogram("a", "b").record(1)
    meter.gauge("a", "b", lambda: 1 // 0)
