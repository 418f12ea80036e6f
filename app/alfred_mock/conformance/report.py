"""What a run has found, check by check and row by row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from alfred_mock import __version__
from alfred_mock.conformance.comparing import Finding, Verdict, worst
from alfred_mock.conformance.rows import Row, row_of

BAD = frozenset((Verdict.DIFFERS, Verdict.MORE))


@dataclass(frozen=True)
class Result:
    """What was found out about one aspect of one answer."""

    id: str
    verdict: Verdict
    there: str
    here: str
    request: str
    """Method and path, as in `GET /api/job/detail/{job_id}`."""
    open: tuple[str, ...] = ()
    """Places of which nothing can be told, where others of the aspect are confirmed."""

    @property
    def row(self) -> Row | None:
        """The row of fidelity that it is about."""
        return row_of(self.id)

    def as_json(self) -> dict[str, Any]:
        """Shapes only: nothing that a customer wrote."""
        shown: dict[str, Any] = {
            "id": self.id,
            "row": self.row.id if self.row else None,
            "verdict": self.verdict.value,
            "there": self.there,
            "here": self.here,
            "request": self.request,
        }
        if self.open:
            shown["open"] = list(self.open)
        return shown


@dataclass
class Report:
    """A run."""

    host: str
    level: str
    date: str
    """The day, as in `2026-11-25`."""
    results: list[Result] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The shape of each real answer by the id of its check."""
    requests: int = 0
    stopped: str = ""
    """Why it ended before its end; empty if it did not."""

    @property
    def counts(self) -> Counter[Verdict]:
        """How often there is each verdict."""
        return Counter(result.verdict for result in self.results)

    @property
    def has_differences(self) -> bool:
        """Whether anything differs, or is more than the double has."""
        return any(result.verdict in BAD for result in self.results)

    def by_row(self) -> dict[Row, list[Result]]:
        """The results of each row, in the order in which they came."""
        found: dict[Row, list[Result]] = {}
        for result in self.results:
            if result.row is not None:
                found.setdefault(result.row, []).append(result)
        return found

    def summary(self) -> str:
        """The last line of a table."""
        counts = self.counts
        order = (Verdict.CONFIRMED, Verdict.DIFFERS, Verdict.MORE, Verdict.CANNOT_TELL)
        said = [f"{counts[verdict]} {verdict}" for verdict in (*order, Verdict.SKIPPED)]
        return f"{', '.join(said)}; {self.requests} requests"

    def as_json(self) -> dict[str, Any]:
        """The document that `--output` and `--save` write."""
        return {
            "version": __version__,
            "date": self.date,
            "host": self.host,
            "level": self.level,
            "requests": self.requests,
            "stopped": self.stopped or None,
            "checks": [result.as_json() for result in self.results],
            "answers": self.answers,
        }


def results_of(check_id: str, request: str, findings: Iterable[Finding]) -> list[Result]:
    """The results of each aspect of an answer: all that is bad, or what outweighs the rest."""
    aspects: dict[str, list[Finding]] = {}
    for finding in findings:
        aspects.setdefault(finding.aspect, []).append(finding)
    return [
        _result(f"{check_id}.{aspect}", request, found, verdict)
        for aspect, found in aspects.items()
        for verdict in _told([finding.verdict for finding in found])
    ]


def _told(verdicts: list[Verdict]) -> list[Verdict]:
    """All that is bad; where nothing is, the one that outweighs the others."""
    return [verdict for verdict in Verdict if verdict in BAD and verdict in verdicts] or [
        worst(verdicts)
    ]


def _result(id_: str, request: str, found: list[Finding], verdict: Verdict) -> Result:
    same = [finding for finding in found if finding.verdict is verdict]
    is_whole = verdict is Verdict.CONFIRMED and len(same) > 1
    cannot = [each.there for each in found if each.verdict is Verdict.CANNOT_TELL]
    return Result(
        id_,
        verdict,
        f"{len(same)} places" if is_whole else "; ".join(each.there for each in same),
        "the same" if is_whole else "; ".join(each.here for each in same),
        request,
        tuple(cannot) if verdict is not Verdict.CANNOT_TELL else (),
    )
