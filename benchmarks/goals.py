"""What alfred-mock sets out to reach, and whether it does."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import figures as f
from benchmarks.candidates import BARE
from benchmarks.throughput import LOOP

OURS = "alfred-mock"
OURS_JOURNAL = "alfred-mock, journal on"
OURS_POSTGRES = "alfred-mock, PostgreSQL"
CONSTANT = "FastAPI, ready response"
HELLO = "FastAPI + SQLModel, hello world"


@dataclass(frozen=True)
class Goal:
    """A figure of ours, in words, and the bound that it must keep."""

    text: str
    value: Callable[[f.Figures], float | None]
    bound: float
    at_least: bool
    unit: str = "x"

    def met(self, value: float) -> bool:
        """Whether the value keeps the bound."""
        return value >= self.bound if self.at_least else value <= self.bound

    @property
    def bound_text(self) -> str:
        """The bound as it is written."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}".strip()


@dataclass(frozen=True)
class Outcome:
    """A goal and what was measured of it."""

    goal: Goal
    value: float | None

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.value is None:
            return "not measured"
        return "met" if self.goal.met(self.value) else "MISSED"


def _ratio(
    text: str, mine: str, other: str, figure: str, bound: float, *, at_least: bool = True
) -> Goal:
    return Goal(text, lambda found: found.ratio(mine, other, figure), bound, at_least)


def _median(text: str, figure: str, bound: float, unit: str) -> Goal:
    return Goal(text, lambda found: found.median(OURS, figure), bound, False, unit)


def _start_on_empty(found: f.Figures) -> float | None:
    empty, existing = found.median(OURS, f.START_EMPTY), found.median(OURS, f.START)
    return empty / existing if empty is not None and existing is not None else None


GOALS = [
    _ratio("detail, requests/s, to a bare ASGI constant", OURS, BARE, f.DETAIL, 0.5),
    _ratio("create, requests/s, to a bare ASGI constant", OURS, BARE, f.CREATE, 0.33),
    _ratio("detail, requests/s, to WireMock", OURS, "WireMock", f.DETAIL, 1),
    _ratio("detail, requests/s, to Prism", OURS, "Prism", f.DETAIL, 3),
    _ratio("detail, requests/s, to a constant FastAPI answer", OURS, CONSTANT, f.DETAIL, 0.8),
    _ratio("create, requests/s, to WireMock", OURS, "WireMock", f.CREATE, 0.6),
    _ratio("create, requests/s, to mountebank", OURS, "mountebank", f.CREATE, 1),
    _ratio("create, requests/s, to Prism", OURS, "Prism", f.CREATE, 2),
    _ratio("create, requests/s, to a constant FastAPI answer", OURS, CONSTANT, f.CREATE, 0.6),
    _ratio(
        "detail, median latency of one connection, to Prism",
        OURS,
        "Prism",
        f.DETAIL_SINGLE,
        0.6,
        at_least=False,
    ),
    _ratio(
        "detail, median latency of one connection, to mountebank",
        OURS,
        "mountebank",
        f.DETAIL_SINGLE,
        1,
        at_least=False,
    ),
    _ratio("journal on, detail, requests/s, to off", OURS_JOURNAL, OURS, f.DETAIL, 0.87),
    _ratio("journal on, create, requests/s, to off", OURS_JOURNAL, OURS, f.CREATE, 0.87),
    _median("create, p99 to median", f.CREATE_TAIL, 4, "x"),
    _ratio("PostgreSQL: detail, to Prism", OURS_POSTGRES, "Prism", f.DETAIL, 1),
    _ratio("PostgreSQL: create, to Prism", OURS_POSTGRES, "Prism", f.CREATE, 1),
    _ratio("PostgreSQL: detail, to asyncpg alone", OURS_POSTGRES, LOOP, f.DETAIL, 0.6),
    _ratio("PostgreSQL: create, to asyncpg alone", OURS_POSTGRES, LOOP, f.CREATE, 0.6),
    _ratio("start, to a hello world", OURS, HELLO, f.START, 1.3, at_least=False),
    *(
        _ratio(f"start, to {peer}", OURS, peer, f.START, 1, at_least=False)
        for peer in ("Prism", "Mockoon", "WireMock")
    ),
    Goal("start on a new database, to one on an existing", _start_on_empty, 1.5, False),
    _median("memory after start", f.MEMORY_START, 80, "MiB"),
]


def judge(found: f.Figures) -> list[Outcome]:
    """Every goal with what was measured of it."""
    return [Outcome(goal, goal.value(found)) for goal in GOALS]
