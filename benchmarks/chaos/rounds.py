"""One fault, from a healthy server to what was lost."""

import dataclasses
import math
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.chaos.faults import Fault
from benchmarks.chaos.recorder import Recorder, read_back
from benchmarks.chaos.world import Server, World

RECOVERY_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Plan:
    """How long things take."""

    healthy_seconds: float
    """Before the fault."""
    fault_seconds: float
    timeout: float
    """How long a request waits for PostgreSQL."""


@dataclasses.dataclass
class Outcome:
    """What has become of what was acknowledged."""

    acknowledged: int
    lost: int
    duplicated: int
    statuses: dict[str, int]
    undocumented: list[str]
    """5xx that are no documented 503."""
    traces: int
    longest_gap_s: float
    recovered_after_s: float | None
    """From the end of the fault; None if it did not recover."""
    p99_ratio: float
    """p99 of what was acknowledged during the fault, to that before it."""
    ready: list[str]


def run(fault: Fault, plan: Plan, postgres: Server | None) -> Outcome:
    """Let one fault happen."""
    with tempfile.TemporaryDirectory(prefix="alfred-mock-chaos-") as folder:
        return _run(Path(folder), fault, plan, postgres)


def _run(folder: Path, fault: Fault, plan: Plan, postgres: Server | None) -> Outcome:
    world = World(folder, fault.replicas if postgres else 1, plan.timeout, postgres)
    written = folder / "acknowledged.txt"
    with world.up():
        with Recorder([replica.port for replica in world.replicas], written) as recorder:
            time.sleep(plan.healthy_seconds)
            begun = time.monotonic()
            healthy = recorder.percentile(begun - plan.healthy_seconds, begun)
            with fault.happens(world):
                happened = time.monotonic()
                time.sleep(plan.fault_seconds)
                during = recorder.percentile(happened, time.monotonic())
            ended = time.monotonic()
            recovered = recorder.first_after(ended, RECOVERY_SECONDS)
            time.sleep(plan.healthy_seconds)
            gap = recorder.longest_gap(begun, time.monotonic())
        acknowledged, lost, duplicated = read_back(world.replicas[0].port, written)
        traces = sum(replica.traces() for replica in world.replicas)
    return Outcome(
        acknowledged=acknowledged,
        lost=lost,
        duplicated=duplicated,
        statuses=dict(Counter(recorder.statuses).most_common()),
        undocumented=recorder.undocumented[:10],
        traces=traces,
        longest_gap_s=round(gap, 2),
        recovered_after_s=None if recovered is None else round(recovered, 2),
        p99_ratio=float("nan") if math.isnan(during) else round(during / healthy, 2),
        ready=list(dict.fromkeys(world.said))[:8],
    )
