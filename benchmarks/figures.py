"""What was measured: for each server and each figure the value of every round."""

from dataclasses import dataclass, field
from statistics import median

DETAIL = "detail requests/s"
CREATE = "create requests/s"
DETAIL_SINGLE = "detail ms, one connection"
DETAIL_P99 = "detail p99 ms"
CREATE_MEDIAN = "create median ms"
CREATE_P99 = "create p99 ms"
CREATE_TAIL = "create p99 / median"
MEMORY_START = "MiB after start"
MEMORY_LOAD = "MiB after load"
START = "start ms"
START_EMPTY = "start ms, new database"


@dataclass
class Figures:
    """The measurements of a whole run, and what could not be measured."""

    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def add(self, server: str, figure: str, value: float | None) -> None:
        """Note one more value; None is one that this machine cannot tell."""
        if value is not None:
            self.values.setdefault(server, {}).setdefault(figure, []).append(value)

    def median(self, server: str, figure: str) -> float | None:
        """The median over the rounds, None if nothing was measured."""
        measured = self.values.get(server, {}).get(figure)
        return median(measured) if measured else None

    def ratio(self, server: str, other: str, figure: str) -> float | None:
        """How many times the other's figure a server's is: the median over the rounds.

        Each round compares what ran within a minute of each other, so a machine that slows down
        for a while does not show in the ratio.
        """
        mine = self.values.get(server, {}).get(figure, [])
        theirs = self.values.get(other, {}).get(figure, [])
        if not mine or not theirs:
            return None
        if len(mine) != len(theirs):  # a round failed, so it is not known which belong together
            return median(mine) / median(theirs)
        return median(one / another for one, another in zip(mine, theirs, strict=True))
