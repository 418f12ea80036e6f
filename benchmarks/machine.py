"""The machine: what it is, and which of its cores does what."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cores:
    """The core that the measured server has to itself, and the one that everything else uses.

    Both are None where a process cannot be pinned, or where there is only one core.
    """

    server: int | None
    load: int | None

    @property
    def pinned(self) -> bool:
        """Whether server and load are kept apart."""
        return self.server is not None

    def describe(self) -> str:
        """How the work was laid out, for the report."""
        if not self.pinned:
            return "Server and load generator not pinned"
        return "Server pinned to one core, load generator (and PostgreSQL) to another"


def choose_cores() -> Cores:
    """The first and the last core that this process may use: on most machines not siblings."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(None, None)
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[0], usable[-1]) if len(usable) > 1 else Cores(None, None)


def pin(core: int | None) -> None:
    """Keep this process, and those that it will start, on one core."""
    if core is not None:
        os.sched_setaffinity(0, {core})


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keep what is started within on one core, then go back to where this process was."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def describe() -> dict[str, str]:
    """What the figures depend on, without anything that tells whose machine it is."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    return _after(Path("/proc/cpuinfo"), "model name") or platform.processor() or "unknown"


def _memory() -> str:
    kib = _after(Path("/proc/meminfo"), "MemTotal")
    return f"{int(kib.split()[0]) / 1024**2:.0f} GiB" if kib else "unknown"


def _after(file: Path, name: str) -> str | None:
    if not file.exists():
        return None
    for line in file.read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return None
