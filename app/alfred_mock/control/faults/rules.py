"""The rules that are in force, made ready to be held against each request."""

import re
from collections.abc import Iterable
from fnmatch import translate

from starlette.types import Scope

from alfred_mock.control.faults.schedule import remaining
from alfred_mock.control.faults.schemas import FaultRule
from alfred_mock.control.faults.store import stored
from alfred_mock.database import Database


class ActiveRule:
    """A rule, and whether this process knows that it is exhausted.

    The database knows best: it counts for all replicas. That a rule is exhausted is remembered here
    only so that nobody asks any more.
    """

    def __init__(self, fault_id: str, rule: FaultRule) -> None:
        self.id = fault_id
        self.rule = rule
        self.company_id = rule.company
        self.exhausted = False
        match = rule.match
        self._method = match.method and match.method.upper()
        self._path = _glob(match.path or "*")
        self._headers = [
            (name.lower().encode(), _glob(glob)) for name, glob in match.header.items()
        ]

    def matches(self, scope: Scope) -> bool:
        """Whether the request is like what the rule is for, whoever it comes from."""
        if self._method is not None and self._method != scope["method"]:
            return False
        if not self._path.match(scope["path"]):
            return False
        return all(
            any(
                name == wanted and glob.match(value.decode("latin-1"))
                for name, value in scope["headers"]
            )
            for wanted, glob in self._headers
        )


def _glob(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))


async def load_rules(database: Database, *, known: Iterable[ActiveRule]) -> tuple[ActiveRule, ...]:
    """The rules that are in the database; those that are known already are kept as they are."""
    by_id = {rule.id: rule for rule in known}
    rules: list[ActiveRule] = []
    for row in await stored(database):
        active = by_id.get(row.id) or ActiveRule(row.id, row.rule())
        active.exhausted = remaining(active.rule, seen=row.seen, fired=row.fired) == 0
        rules.append(active)
    return tuple(rules)
