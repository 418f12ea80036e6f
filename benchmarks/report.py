"""The results as text and as JSON."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import figures as f
from benchmarks.figures import Figures
from benchmarks.goals import OURS, Outcome

_COLUMNS = (
    (f.DETAIL, "{:,.0f}"),
    (f.CREATE, "{:,.0f}"),
    (f.DETAIL_SINGLE, "{:.2f}"),
    (f.CREATE_P99, "{:.1f}"),
    (f.CREATE_TAIL, "{:.1f}"),
    (f.MEMORY_START, "{:.0f}"),
    (f.MEMORY_LOAD, "{:.0f}"),
)
_STARTS = ((f.START, "{:,.0f}"), (f.START_EMPTY, "{:,.0f}"))
Setting = dict[str, dict[str, str]]
"""What the figures were measured on and of: groups of names and what they are."""


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown whose columns also line up as plain text."""
    widths = [max(len(row[index]) for row in [head, *rows]) for index in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def line(cells: list[str]) -> str:
        first = cells[0].ljust(widths[0])
        others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return "| " + " | ".join([first, *others]) + " |"

    return "\n".join(line(cells) for cells in [head, rule, *rows])


def markdown(found: Figures, outcomes: list[Outcome], setting: Setting, layout: str) -> str:
    """The whole report."""
    parts = [
        "# Benchmark",
        described(setting),
        f"{layout}; connections kept open, 32 of them unless said; medians over the rounds.",
        "## Serving",
        _figures(found, _COLUMNS),
        "The ratio of ours to each, round by round, median:",
        _ratios(found),
        "## Starting",
        "From the start of the process to its first answer with status 200.",
        _figures(found, _STARTS),
        "## Goals",
        goals(outcomes),
    ]
    if found.absent:
        lines = [f"- {name}: {reason}" for name, reason in found.absent.items()]
        parts += ["## Absent", "\n".join(lines)]
    if found.failed:
        parts += ["## FAILED", "\n".join(f"- {what}" for what in found.failed)]
    return "\n\n".join(parts) + "\n"


def described(setting: Setting) -> str:
    """The machine and the versions, a line for each group."""
    return "\n".join(
        f"- {group}: " + ", ".join(f"{name} {value}" for name, value in items.items())
        for group, items in setting.items()
    )


def goals(outcomes: list[Outcome]) -> str:
    """Each goal, what was measured, and whether that is enough."""
    rows = [
        [
            outcome.goal.text,
            outcome.goal.bound_text,
            "" if outcome.value is None else f"{outcome.value:.2f}",
            outcome.verdict,
        ]
        for outcome in outcomes
    ]
    return table(["figure", "goal", "measured", ""], rows)


def _figures(found: Figures, columns: tuple[tuple[str, str], ...]) -> str:
    rows = []
    for server in found.values:
        medians = [(found.median(server, figure), form) for figure, form in columns]
        if any(value is not None for value, _ in medians):
            cells = ["" if value is None else form.format(value) for value, form in medians]
            rows.append([server, *cells])
    return table(["server", *(figure for figure, _ in columns)], rows)


def _ratios(found: Figures) -> str:
    figures = (f.DETAIL, f.CREATE, f.DETAIL_SINGLE)
    rows = []
    for server in found.values:
        ratios = [found.ratio(OURS, server, figure) for figure in figures]
        if server != OURS and any(ratio is not None for ratio in ratios):
            cells = ["" if ratio is None else f"{ratio:.2f} x" for ratio in ratios]
            rows.append([server, *cells])
    return table([f"{OURS} to", *figures], rows)


def as_json(found: Figures, outcomes: list[Outcome], setting: Setting) -> dict[str, Any]:
    """Everything that was measured, every round of it."""
    return {
        "setting": setting,
        "figures": found.values,
        "goals": [
            {
                "figure": outcome.goal.text,
                "goal": outcome.goal.bound_text,
                "measured": outcome.value,
                "verdict": outcome.verdict,
            }
            for outcome in outcomes
        ],
        "absent": found.absent,
        "failed": found.failed,
    }


def write(folder: Path, name: str, text: str, document: dict[str, Any]) -> None:
    """Keep a report as Markdown and as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    (folder / f"{name}.md").write_text(text)
    content = json.dumps({"date": day, **document}, indent=2, ensure_ascii=False)
    (folder / f"{name}.json").write_text(content + "\n")
