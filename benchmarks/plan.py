"""How long and how often everything is measured."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tools import HERE

WORK = HERE / ".work"


@dataclass(frozen=True)
class Plan:
    """The lengths of a run; times in seconds."""

    rounds: int
    seconds: float
    """For each figure at many connections, in each round."""
    single_seconds: float
    """For the latency of one connection, in each round."""
    warm_up_factor: float
    starts: int
    """How often each server is started to time that."""
    results: Path


FULL = Plan(5, 2.0, 1.0, 1.0, 7, HERE / "results")
QUICK = Plan(2, 0.5, 0.3, 0.3, 2, HERE / "results" / "quick")


def chosen() -> Plan:
    """The quick plan where QUICK says so in the environment."""
    return QUICK if os.environ.get("QUICK", "0") not in {"", "0"} else FULL


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder on the disk of the project, for `/tmp` may well be in memory."""
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own where we are root
        yield folder
