"""The rows of `docs/fidelity.yaml`: each behaviour with its source, evidence and checks."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

CONFORMANCE = "conformance:"
"""Begins a check that is one of `alfred-mock conformance`; the others are tests."""
EVERY_ROUTE = "every route"
EVENTS = "events"
"""The route of rows about what is told, by webhook and in real time alike."""
REALTIME = "/socket.io/"
"""Where clients listen; it has no place in the OpenAPI document."""


@dataclass(frozen=True)
class Row:
    """One behaviour of the double, and how we know that Alfred does the same."""

    id: str
    route: str
    """A method and a path, or `EVERY_ROUTE`, `EVENTS` or `REALTIME`."""
    behaviour: str
    source: str
    """Begins with docs, SDK, captured or our choice."""
    evidence: str
    checks: tuple[str, ...] = ()
    """Tests of the project as `path::name`, and patterns of conformance checks."""
    why: str = ""
    """Why there is no check; empty if there is one."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """Its conformance checks, as patterns of their ids."""
        return tuple(
            check.removeprefix(CONFORMANCE)
            for check in self.checks
            if check.startswith(CONFORMANCE)
        )


@dataclass(frozen=True)
class Section:
    """A part of the page: a heading with prose, or with a table of rows."""

    heading: str
    """With its marks, as in `## Files`."""
    text: str = ""
    column: str = "behaviour"
    """What the first column of the table is called."""
    rows: tuple[Row, ...] = ()


def fidelity_file() -> Path:
    """Inside the package where it is installed, else among the documents of the source tree."""
    package = Path(__file__).parents[1]
    shipped = package / "fidelity.yaml"
    return shipped if shipped.is_file() else package.parents[1] / "docs" / "fidelity.yaml"


@cache
def sections() -> tuple[Section, ...]:
    """The whole page, in its order."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = fidelity_file().read_text(encoding="utf-8")
    content = yaml.load(text, loader)  # noqa: S506 - a SafeLoader
    return tuple(_section(given) for given in content["sections"])


def _section(given: dict[str, Any]) -> Section:
    rows = tuple(
        Row(**{**row, "checks": tuple(row.get("checks", ()))}) for row in given.get("rows", ())
    )
    return Section(**{**given, "rows": rows})


@cache
def all_rows() -> tuple[Row, ...]:
    """The rows of all sections, in the order of the page."""
    return tuple(row for section in sections() for row in section.rows)


@cache
def row_of(check_id: str) -> Row | None:
    """The row that a conformance check is about, None if no row names it.

    A row that names the check in full comes first, then one whose pattern begins with `*`, which
    is about one aspect of all answers, then the longest of the other patterns.
    """
    fitting = [
        (pattern == check_id, pattern.startswith("*"), len(pattern), row)
        for row in all_rows()
        for pattern in row.patterns
        if fnmatchcase(check_id, pattern)
    ]
    return max(fitting, key=lambda found: found[:3])[3] if fitting else None


def rows_about(route: str | None) -> Iterable[Row]:
    """The rows of one route, or of all; `GET /api/job/all`, or any part of it."""
    wanted = (route or "").casefold()
    return [row for row in all_rows() if wanted in row.route.casefold()]
