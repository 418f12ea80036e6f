"""Where rules are kept and counted, for all replicas together."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select, update

from alfred_mock.control.company_filter import of_company
from alfred_mock.control.faults.effect_schemas import Effect
from alfred_mock.control.faults.schedule import effect_for, remaining
from alfred_mock.control.faults.schemas import MOST, FaultRule
from alfred_mock.control.tables import StoredFault
from alfred_mock.core.clock import Instant
from alfred_mock.database import Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_faults = columns_of(StoredFault)

_LIST = Statement(
    select(_faults.id, _faults.rule_json, _faults.seen, _faults.fired)
    .where(of_company(_faults.company_id))
    .order_by(_faults.position, _faults.created_at, _faults.id)
)
_LAST = Statement(select(func.coalesce(func.max(_faults.position), 0)))
_INSERT = Statement(lambda insert: insert(StoredFault))
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


class Stored(NamedTuple):
    """A rule as it is kept, and how often it was met."""

    id: str
    rule_json: str
    seen: int
    fired: int

    def rule(self) -> FaultRule:
        """The rule itself."""
        return FaultRule.model_validate_json(self.rule_json)


class Met(NamedTuple):
    """What a request that has met a rule is in for."""

    number: int
    """How many have met it, this request included."""
    effect: Effect | None
    is_last: bool
    """Whether the rule is exhausted now."""


async def stored(database: Database, company_id: str | None = None) -> list[Stored]:
    """The rules of a company, or all rules, in the order in which they were made."""
    return [Stored(*row) for row in await database.fetch(_LIST(company_id=company_id))]


async def create(
    database: Database, fault_id: str, rule: FaultRule, *, company_id: str | None, now: Instant
) -> Stored:
    """Keep a rule behind all others.

    Raises:
        ConstraintViolated: there is no such company.
    """
    rule_json = rule.model_dump_json(exclude_defaults=True)
    await database.transact(_create(fault_id, rule_json, company_id, now))
    return Stored(fault_id, rule_json, seen=0, fired=0)


def _create(
    fault_id: str, rule_json: str, company_id: str | None, now: Instant
) -> Transaction[None]:
    ((last,),) = yield _LAST()
    yield _INSERT(
        id=fault_id,
        company_id=company_id,
        created_at=now,
        position=last + 1,
        rule_json=rule_json,
        seen=0,
        fired=0,
    )


def clear_faults(company_id: str | None) -> Transaction[int]:
    """Remove the rules of a company, or all rules; to be announced. Returns how many."""
    removed: Rows = yield _CLEAR(company_id=company_id)
    return len(removed)


async def remove(database: Database, fault_id: str) -> bool:
    """Remove a rule; False where there is none of this id."""
    return bool(await database.write(_REMOVE(fault_id=fault_id)))


async def meet(database: Database, fault_id: str, rule: FaultRule) -> Met | None:
    """Count a request that a rule matches; None where the rule is exhausted or gone.

    Whoever meets it at the same time, on whichever replica, gets another number.
    """
    return await database.transact(_meet(fault_id, rule))


def _meet(fault_id: str, rule: FaultRule) -> Transaction[Met | None]:
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
    return Met(number, effect, remaining(rule, seen=number, fired=fired) == 0)
