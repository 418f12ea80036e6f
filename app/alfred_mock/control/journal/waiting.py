"""Requests that wait in memory until they are written."""

from collections import Counter, deque
from operator import itemgetter
from typing import NamedTuple

from alfred_mock.control.journal.passed import Passed
from alfred_mock.control.tables import NOBODY

_Numbered = tuple[int, Passed]


class Taken(NamedTuple):
    """What waited, in order, and how many had made room for it already, by key."""

    passed: list[Passed]
    dropped: Counter[str]


class Waiting:
    """The newest requests of each company, and no more than the journal would keep of them."""

    def __init__(self, most_of_each: int) -> None:
        self._most_of_each = most_of_each
        self._lines: dict[str, deque[_Numbered]] = {}
        self._dropped: Counter[str] = Counter()
        self._number = 0
        self.count = 0
        self.weight = 0

    def add(self, passed: Passed) -> None:
        """Take one in, and out what it replaces."""
        key = passed.company_id or NOBODY
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = deque()
        if len(line) >= self._most_of_each:
            self.weight -= line.popleft()[1].weight
            self._dropped[key] += 1
        else:
            self.count += 1
        self._number += 1
        line.append((self._number, passed))
        self.weight += passed.weight

    def take(self) -> Taken:
        """Take all of it out."""
        lines, dropped = self._lines.values(), self._dropped
        in_order = sorted((item for line in lines for item in line), key=itemgetter(0))
        self.forget(None)
        return Taken([passed for _, passed in in_order], dropped)

    def forget(self, company_id: str | None) -> None:
        """Let go of a company's, or of everybody's."""
        if company_id is None:
            self._lines, self._dropped = {}, Counter()
            self.count = self.weight = 0
            return
        line = self._lines.pop(company_id, deque())
        self._dropped.pop(company_id, None)
        self.count -= len(line)
        self.weight -= sum(passed.weight for _, passed in line)
