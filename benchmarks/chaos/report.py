"""What has happened, as a table and as JSON."""

import dataclasses
import json
from collections import Counter
from statistics import median
from typing import Any

from benchmarks import machine
from benchmarks.chaos.faults import Fault
from benchmarks.chaos.rounds import Outcome
from benchmarks.tools import HERE

_HEAD = (
    "| fault | database | rounds | acknowledged | lost | twice | statuses | other 5xx, traces |"
    " longest gap | recovered after | p99, ratio | `/readyz` said |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|\n"
)


class Report:
    """The outcomes of all rounds."""

    def __init__(self, *, is_quick: bool) -> None:
        self._outcomes: dict[tuple[Fault, str], list[Outcome]] = {}
        self._failures: list[str] = []
        self._folder = HERE / "results" / ("quick" if is_quick else "")

    def add(self, fault: Fault, database: str, outcome: Outcome) -> None:
        """Take an outcome."""
        self._outcomes.setdefault((fault, database), []).append(outcome)

    def failed(self, fault: Fault, database: str, reason: str) -> None:
        """Take a round that could not be brought to its end."""
        self._failures.append(f"{fault.name}, {database}: {reason}")

    @property
    def is_good(self) -> bool:
        """Whether all that was acknowledged is there, and every failure had the documented form."""
        return not self._failures and all(
            (fault.loses or not outcome.lost)
            and not outcome.duplicated
            and not outcome.undocumented
            and not outcome.traces
            and outcome.recovered_after_s is not None
            for (fault, _), outcomes in self._outcomes.items()
            for outcome in outcomes
        )

    def show(self) -> None:
        """Print the table."""
        print(self._table())

    def write(self) -> None:
        """Keep both forms."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "chaos.md").write_text(self._table())
        (self._folder / "chaos.json").write_text(json.dumps(self._json(), indent=1) + "\n")

    def _json(self) -> dict[str, Any]:
        return {
            "machine": machine.describe(),
            "failed": self._failures,
            "outcomes": [
                {
                    "fault": fault.name,
                    "database": database,
                    "rounds": [dataclasses.asdict(each) for each in outcomes],
                }
                for (fault, database), outcomes in self._outcomes.items()
            ],
        }

    def _table(self) -> str:
        rows = [_row(*key, outcomes) for key, outcomes in self._outcomes.items()]
        failures = "".join(f"- not brought to its end: {each}\n" for each in self._failures)
        return f"# Chaos\n\n{_HEAD}{''.join(rows)}\n{failures}"


def _row(fault: Fault, database: str, outcomes: list[Outcome]) -> str:
    statuses: Counter[str] = Counter()
    for outcome in outcomes:
        statuses.update(outcome.statuses)
    recovered = [each.recovered_after_s for each in outcomes]
    known = [each for each in recovered if each is not None]
    ready = dict.fromkeys(text for outcome in outcomes for text in outcome.ready)
    cells = (
        fault.name,
        database,
        len(outcomes),
        sum(each.acknowledged for each in outcomes),
        f"{sum(each.lost for each in outcomes)}{' (taken away)' if fault.loses else ''}",
        sum(each.duplicated for each in outcomes),
        ", ".join(f"{count} of {status}" for status, count in statuses.most_common()),
        sum(len(each.undocumented) + each.traces for each in outcomes),
        f"{max(each.longest_gap_s for each in outcomes)} s",
        f"{max(known)} s" if len(known) == len(recovered) else "not",
        f"{median(each.p99_ratio for each in outcomes)}",
        "; ".join(text for text in ready if not text.startswith("200")) or "ready",
    )
    return f"| {' | '.join(map(str, cells))} |\n"
