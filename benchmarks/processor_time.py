"""How much processor time processes have used, as `/proc` tells it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class _Process(NamedTuple):
    pid: int
    parent: int
    group: int
    own: float
    of_ended_children: float


def of_group(group: int) -> float:
    """Seconds of all processes of a group that are alive."""
    return sum(of_each_in_group(group).values())


def of_each_in_group(group: int) -> dict[int, float]:
    """Seconds of each process of a group that is alive, by its id."""
    return {process.pid: process.own for process in _processes() if process.group == group}


def of_family(pid: int) -> float:
    """Seconds of a process and of its children, also of those that have ended."""
    own = _read(pid)
    children = sum(process.own for process in _processes() if process.parent == pid)
    return own.own + own.of_ended_children + children


def of_each(server: int, postgresql: int, pooler: int) -> tuple[float, float, float]:
    """Seconds of a server, of PostgreSQL by its main process, and of a pooler; 0 is for none."""
    return of_group(server), of_family(postgresql), of_group(pooler) if pooler else 0.0


def _processes() -> Iterator[_Process]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                yield _read(int(folder.name))
            except (ProcessLookupError, FileNotFoundError):
                continue


def _read(pid: int) -> _Process:
    # The name, in parentheses, may hold spaces; what follows it does not.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    parent, group = int(fields[1]), int(fields[2])
    user, system, children_user, children_system = (int(field) / _TICKS for field in fields[11:15])
    return _Process(pid, parent, group, user + system, children_user + children_system)
