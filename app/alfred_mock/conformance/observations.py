"""Observations: the shapes of real answers, kept in files and compared again without a network."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alfred_mock.conformance.checks import CHECKS
from alfred_mock.conformance.formats import as_json
from alfred_mock.conformance.report import Report, Result
from alfred_mock.conformance.run import judged
from alfred_mock.core.errors import Refusal

_NO_NAME = re.compile(r"[^a-z0-9.-]+")


@dataclass(frozen=True)
class Observation:
    """What was seen of a real Alfred on one day."""

    name: str
    date: str
    """The day, empty where it is not known."""
    host: str
    """Empty for answers that were published, not seen by this project."""
    answers: dict[str, dict[str, Any]]
    """Shapes by the id of the check; one that was published may lack status and headers."""


def save(report: Report, folder: Path) -> Path:
    """Keep what a run has seen, in a file named after its day and host.

    Raises:
        Refusal: the file cannot be written.
    """
    host = _NO_NAME.sub("-", report.host.lower())
    path = folder / f"{report.date}-{host}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{as_json(report)}\n", encoding="utf-8")
    except OSError as error:
        raise Refusal(f"--save: {path}: {error.strerror}") from None
    return path


def kept_in(folder: Path) -> list[Observation]:
    """The observations of a folder, those of one host in the order of their days."""
    found = []
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        date, host = content["date"] or "", content["host"] or ""
        found.append(Observation(path.stem, date, host, content["answers"]))
    return found


def replay(observation: Observation, own: dict[str, dict[str, Any]]) -> Iterable[Result]:
    """Compare an observation with the shapes of the double's own answers."""
    for check in CHECKS:
        there, here = observation.answers.get(check.id), own.get(check.id)
        if there is not None and here is not None:
            yield from judged(check, there, here)
