"""A report as a table, JSON, JUnit's XML or Markdown."""

import json
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

from alfred_mock.conformance.comparing import Verdict, worst
from alfred_mock.conformance.report import BAD, Report, Result
from alfred_mock.conformance.rows import Row
from alfred_mock.conformance.shapes import ABSENT

_HEAD = ("fidelity", "real", "double", "verdict")
_WIDEST = 48
"""Characters of a cell of a table; JSON has all of it."""


def _lines(report: Report) -> Iterator[tuple[str, str, str, str]]:
    """A line for each row that is as it should be, and one for each result that is not."""
    for row, results in report.by_row().items():
        bad = [result for result in results if result.verdict in BAD]
        for result in bad:
            yield (result.id, result.there, result.here, _said(row, result.verdict))
        if not bad:
            verdict = worst([result.verdict for result in results])
            same = [result for result in results if result.verdict is verdict]
            yield (row.id, *_shown(same), _said(row, verdict))


def _shown(results: list[Result]) -> tuple[str, str]:
    if len(results) > 1:
        is_alike = results[0].verdict is Verdict.CONFIRMED
        return f"{len(results)} checks", "alike" if is_alike else ABSENT
    return results[0].there, results[0].here


def _said(row: Row, verdict: Verdict) -> str:
    was_choice = verdict is Verdict.CONFIRMED and row.source.startswith("our choice")
    return f"{verdict} (was: our choice)" if was_choice else str(verdict)


def as_table(report: Report) -> str:
    """For a terminal."""
    lines = [_HEAD, *([_cut(cell) for cell in line] for line in _lines(report))]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    shown = [
        "  ".join([*(line[at].ljust(widths[at]) for at in range(3)), line[3]]) for line in lines
    ]
    return "\n".join([*shown, report.summary()])


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…"


def as_markdown(report: Report) -> str:
    """For an issue or a page: everything that is not confirmed, and the counts."""
    rows = [
        " | ".join(cell.replace("|", "\\|") for cell in line)
        for line in _lines(report)
        if not line[3].startswith(Verdict.CONFIRMED)
    ]
    head = [
        f"# Conformance of {report.host}, {report.date}",
        "",
        f"Level `{report.level}`: {report.summary()}.",
    ]
    if report.stopped:
        head += ["", f"It ended early: {report.stopped}."]
    table = ["", f"| {' | '.join(_HEAD)} |", "|---|---|---|---|", *(f"| {row} |" for row in rows)]
    return "\n".join([*head, *(table if rows else [])])


def as_json(report: Report) -> str:
    """For programs; it has the shapes of all answers, and nothing that a customer wrote."""
    return json.dumps(report.as_json(), indent=1, ensure_ascii=False)


def as_junit(report: Report) -> str:
    """For CI: a case for each row; what differs has failed, what cannot be told is skipped."""
    cases = report.by_row()
    suite = ElementTree.Element("testsuite", name="alfred-mock conformance", tests=f"{len(cases)}")
    failures = skipped = 0
    for row, results in cases.items():
        case = ElementTree.SubElement(suite, "testcase", classname=row.route, name=row.id)
        bad = [result for result in results if result.verdict in BAD]
        if bad:
            failures += 1
            failure = ElementTree.SubElement(case, "failure", message=bad[0].verdict.value)
            failure.text = "\n".join(f"{r.id}: real {r.there}; double {r.here}" for r in bad)
        elif worst([result.verdict for result in results]) is not Verdict.CONFIRMED:
            skipped += 1
            reason = f"{results[0].verdict}: {results[0].there}"
            ElementTree.SubElement(case, "skipped", message=reason)
    suite.set("failures", f"{failures}")
    suite.set("skipped", f"{skipped}")
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


FORMATS: dict[str, tuple[Callable[[Report], str], str]] = {
    "table": (as_table, "txt"),
    "json": (as_json, "json"),
    "junit": (as_junit, "xml"),
    "markdown": (as_markdown, "md"),
}
"""What makes the text, and the ending of its file."""
