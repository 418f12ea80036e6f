"""How long what is stored is kept, and how much of it: the words of `ALFRED_MOCK_RETENTION`.

`jobs=90d` is an age, `jobs=5000` a count of each company, `jobs=90d/5000` is both. Before a colon
stands the company for which a rule holds: `286e2ed0-3626-4faa-a745-8ebf3488fbd7:jobs=7d`.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

KINDS = ("sessions", "jobs", "files", "events", "journal", "tokens")
MOST_DIGITS = 9
"""Of an age or a count: more than anybody keeps, and fewer than a database can compare."""
_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Rule(NamedTuple):
    """How much of one kind is kept; None is any."""

    age_ms: int | None = None
    most: int | None = None


class Retention:
    """The rules for all companies, and for single ones."""

    def __init__(self, items: Iterable[str]) -> None:
        """Read rules as they are set.

        Raises:
            ValueError: one is no rule; says which and why.
        """
        self._rules: dict[tuple[str | None, str], Rule] = {}
        for item in items:
            self._rules.update([_parsed(item)])

    def rule(self, company_id: str | None, kind: str) -> Rule:
        """The rule for a company's rows of this kind; one of its own comes first."""
        general = self._rules.get((None, kind), Rule())
        return self._rules.get((company_id, kind), general)


def _parsed(item: str) -> tuple[tuple[str | None, str], Rule]:
    company, colon, rest = item.rpartition(":")
    kind, equals, amount = (part.strip() for part in rest.partition("="))
    if not equals or kind not in KINDS:
        raise ValueError(f"{item!r} is no KIND=AGE/COUNT, with KIND one of {', '.join(KINDS)}")
    try:
        company_id = str(UUID(company.strip())) if colon else None
    except ValueError:
        raise ValueError(f"{company!r} is not the id of a company") from None
    age, count = None, None
    for part in amount.split("/"):
        number, unit = part[:-1], part[-1:]
        if unit in _UNITS and _is_number(number) and age is None:
            age = int(number) * _UNITS[unit]
        elif _is_number(part) and count is None:
            count = int(part)
        else:
            raise ValueError(
                f"{amount!r} is no AGE such as 90d, 12h or 30m, no COUNT, and not AGE/COUNT"
                f" (numbers have at most {MOST_DIGITS} digits)"
            )
    return (company_id, kind), Rule(age, count)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
