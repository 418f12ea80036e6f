"""Where rules are kept and counted, for all replicas together."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select, update

from alfred_mock.control.company_filter import of_company
from alfred_mock.control.faults.effects import Effect
from alfred_mock.control.faults.rules import MOST, ActiveRule, FaultRule
from alfred_mock.control.faults.schedule import effect_for, remaining
from alfred_mock.control.tables import StoredFault
from alfred_mock.core.clock import Instant
from alfred_mock.database import Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert

_faults = columns_of(StoredFault)

_LIST = Statement(
    select(_faults.id, _faults.rule_json, _faults.seen, _faults.fired)
    .where(of_company(_faults.company_id))
    .order_by(_faults.position, _faults.created_at, _faults.id)
)
_LAST = Statement(select(func.coalesce(func.max(_faults.position), 0)))
_INSERT = Insert(StoredFault)
_CLEAR = Statement(delete(StoredFault).where(of_company(_faults.company_id)).returning(_faults.id))
_REMOVE = Statement(
    delete(StoredFault).where(_faults.id == bindparam("fault_id")).returning(_faults.id)
)
_SEE = Statement(
    update(StoredFault)
    .where(
        _faults.id == bindparam("fault_id"),
        _faults.seen < bindparam("most_seen"),
        _faults.fired < bindparam("most_fired"),
    )
    .values(seen=_faults.seen + 1)
    .returning(_faults.seen, _faults.fired)
)
_FIRE = Statement(
    update(StoredFault).where(_faults.id == bindparam("fault_id")).values(fired=_faults.fired + 1)
)


class CountedRule(NamedTuple):
    """A stored rule and its counters."""

    id: str
    rule_json: str
    seen: int
    fired: int

    def rule(self) -> FaultRule:
        """The rule itself."""
        return FaultRule.model_validate_json(self.rule_json)


class CountedMatch(NamedTuple):
    """A request that a rule has counted."""

    number: int
    """Its number among the requests that the rule has matched, from 1 on."""
    effect: Effect | None
    is_last: bool
    """Whether the rule is exhausted now."""


class ActiveRules:
    """The rules as this process knows them; an announcement makes it load them again."""

    def __init__(self, database: Database) -> None:
        self.rules: tuple[ActiveRule, ...] = ()
        """In the order in which they were made."""
        self._database = database

    async def load(self) -> None:
        """Take over the rules in the database; a rule that is known is not parsed again."""
        known = {active.id: active for active in self.rules}
        rules: list[ActiveRule] = []
        for row in await list_rules(self._database):
            active = known.get(row.id) or ActiveRule(row.id, row.rule())
            active.exhausted = remaining(active.rule, seen=row.seen, fired=row.fired) == 0
            rules.append(active)
        self.rules = tuple(rules)


async def list_rules(database: Database, company_id: str | None = None) -> list[CountedRule]:
    """The rules of a company, or all rules, in the order in which they were made."""
    return [CountedRule(*row) for row in await database.fetch(_LIST(company_id=company_id))]


async def create(
    database: Database, fault_id: str, rule: FaultRule, *, now: Instant
) -> CountedRule:
    """Add a rule behind all others; to be announced.

    Raises:
        ConstraintViolated: there is no such company.
    """
    return await database.transact(added(fault_id, rule, now))


def added(fault_id: str, rule: FaultRule, now: Instant) -> Transaction[CountedRule]:
    """Add a rule as part of a transaction, as `create` does."""
    rule_json = rule.model_dump_json(exclude_defaults=True)
    made = CountedRule(fault_id, rule_json, seen=0, fired=0)
    ((last,),) = yield _LAST()
    yield _INSERT(**made._asdict(), company_id=rule.company, created_at=now, position=last + 1)
    return made


def clear_faults(company_id: str | None) -> Transaction[int]:
    """Remove the rules of a company, or all rules; to be announced. Returns how many."""
    removed: Rows = yield _CLEAR(company_id=company_id)
    return len(removed)


async def remove(database: Database, fault_id: str) -> bool:
    """Remove a rule; to be announced. False where there is no such rule."""
    return bool(await database.write(_REMOVE(fault_id=fault_id)))


async def count_match(database: Database, active: ActiveRule) -> CountedMatch | None:
    """Count a request that a rule matches; None where the rule is exhausted or gone.

    Each request gets another number, on whichever replica it is counted.
    """
    return await database.transact(_count_match(active.id, active.rule))


def _count_match(fault_id: str, rule: FaultRule) -> Transaction[CountedMatch | None]:
    counted: Rows = yield _SEE(
        fault_id=fault_id,
        most_seen=MOST if rule.sequence is None else len(rule.sequence),
        most_fired=rule.times or MOST,
    )
    if not counted:
        return None
    ((number, fired),) = counted
    effect = effect_for(rule, number)
    if effect is not None:
        fired += 1
        yield _FIRE(fault_id=fault_id)
    return CountedMatch(number, effect, remaining(rule, seen=number, fired=fired) == 0)
