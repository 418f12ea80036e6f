"""Makes `docs/fidelity.md` of `docs/fidelity.yaml` and the observations: `make fidelity`."""

import asyncio
import sys
from datetime import UTC, date, datetime

from alfred_mock.conformance.comparing import Verdict, worst
from alfred_mock.conformance.observations import Observation, kept_in, replay
from alfred_mock.conformance.rows import Row, Section, sections
from alfred_mock.conformance.run import replayed
from tests.docs.markdown import ROOT

PAGE = ROOT / "docs" / "fidelity.md"
OBSERVATIONS = ROOT / "observations"
CHOICE = "our choice"

Marks = dict[str, tuple[str, Verdict]]
"""By the id of a row: the day when it was last seen at a real Alfred, and what was seen."""


def page(marks: Marks) -> str:
    """The page."""
    return "\n\n".join(_shown(section, marks) for section in sections()) + "\n"


def marks_of(observations: list[Observation]) -> Marks:
    """What was observed of each row; what was published is named by the rows themselves."""
    seen = [observation for observation in observations if observation.host]
    marks: Marks = {}
    if not seen:
        return marks
    own = asyncio.run(replayed())
    for observation in sorted(seen, key=lambda each: each.date):
        verdicts: dict[str, list[Verdict]] = {}
        for result in replay(observation, own):
            if result.row is not None:
                verdicts.setdefault(result.row.id, []).append(result.verdict)
        marks.update({row: (observation.date, worst(found)) for row, found in verdicts.items()})
    return marks


def source_of(row: Row, marks: Marks) -> str:
    """The source, and what was observed."""
    day, verdict = marks.get(row.id, ("", Verdict.CANNOT_TELL))
    if verdict in (Verdict.DIFFERS, Verdict.MORE):
        return f"{row.source}; observed otherwise {day}"
    if verdict is not Verdict.CONFIRMED:
        return row.source
    if row.source.startswith(CHOICE):
        return f"observed {day}{row.source.removeprefix(CHOICE)}"
    return f"{row.source}; observed {day}"


def _shown(section: Section, marks: Marks) -> str:
    parts = [section.heading]
    if section.text:
        parts.append(section.text.strip("\n"))
    if section.rows:
        rows = [f"| {row.behaviour} | {source_of(row, marks)} |" for row in section.rows]
        parts.append("\n".join([f"| {section.column} | source |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def _ages(observations: list[Observation]) -> list[str]:
    today = datetime.now(UTC).date()
    return [
        f"{each.name}: {(today - date.fromisoformat(each.date)).days} days old"
        for each in observations
        if each.host
    ]


if __name__ == "__main__":
    kept = kept_in(OBSERVATIONS)
    PAGE.write_text(page(marks_of(kept)), encoding="utf-8")
    sys.stdout.write("\n".join([*_ages(kept), f"{PAGE.relative_to(ROOT)} is made", ""]))
