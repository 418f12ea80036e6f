"""Keeping house: removes what is older, or more, than the retention says.

Each session, job and file goes in a transaction of its own, as when a tester removes it, and other
rows go some at a time. So servers run meanwhile, and nobody waits for longer than for one of them.
"""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, tuple_

from alfred_mock.alfred.tables import DeferredSession, File, Job
from alfred_mock.auth.tables import AccessToken, Company, Nonce, RateWindow, User
from alfred_mock.control.journal.store import forget_oldest
from alfred_mock.control.overrides.removals import FILES, JOBS, SESSIONS, RemovableRows
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import NotFound
from alfred_mock.core.rate_limits import window_of
from alfred_mock.core.retention import Retention, Rule
from alfred_mock.core.services import Services
from alfred_mock.database import Database, Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.events.pruning import forget_oldest as forget_oldest_events

AT_ONCE = 200
_ANY_COUNT = 2**62

_companies, _users, _tokens = columns_of(Company), columns_of(User), columns_of(AccessToken)
_nonces, _windows = columns_of(Nonce), columns_of(RateWindow)
_COMPANIES = Statement(
    select(_companies.id)
    .where(_companies.id > bindparam("after", type_=_companies.id.type))
    .order_by(_companies.id)
    .limit(AT_ONCE)
)
_FIRST_ID = "00000000-0000-0000-0000-000000000000"


class _Kind(NamedTuple):
    """A kind of rows: how the oldest of a company are found, and how one of them is removed."""

    older: Statement
    beyond: Statement
    rows: RemovableRows


def _kind(model: Any, rows: RemovableRows) -> _Kind:
    columns = columns_of(model)
    mine = select(columns.id).where(columns.company_id == bindparam("company_id"))
    newest = mine.order_by(columns.creation_date.desc(), columns.id.desc())
    return _Kind(
        Statement(mine.where(columns.creation_date < bindparam("before")).limit(AT_ONCE)),
        Statement(newest.offset(bindparam("count")).limit(AT_ONCE)),
        rows,
    )


_KINDS = {
    "sessions": _kind(DeferredSession, SESSIONS),
    "jobs": _kind(Job, JOBS),
    "files": _kind(File, FILES),
}
_own_tokens = (
    select(_tokens.digest)
    .join(User, _users.id == _tokens.user_id)
    .where(_users.company_id == bindparam("company_id"))
)
_OLD_TOKENS = Statement(
    delete(AccessToken)
    .where(
        _tokens.digest.in_(
            _own_tokens.where(_tokens.expires_at < bindparam("before")).limit(AT_ONCE)
        )
    )
    .returning(_tokens.digest)
)
_MORE_TOKENS = Statement(
    delete(AccessToken)
    .where(
        _tokens.digest.in_(
            _own_tokens.order_by(_tokens.issued_at.desc(), _tokens.digest)
            .offset(bindparam("count"))
            .limit(AT_ONCE)
        )
    )
    .returning(_tokens.digest)
)
# What nobody can use any more, by the latest clock that a company may reasonably have.
_OLD_NONCES = Statement(
    delete(Nonce)
    .where(
        tuple_(_nonces.hmac_pair_id, _nonces.nonce).in_(
            select(_nonces.hmac_pair_id, _nonces.nonce)
            .where(_nonces.expires_at < bindparam("before"))
            .limit(AT_ONCE)
        )
    )
    .returning(_nonces.nonce)
)
_OLD_WINDOWS = Statement(
    delete(RateWindow)
    .where(
        _windows.credential_id.in_(
            select(_windows.credential_id)
            .where(_windows.minute < bindparam("before"))
            .limit(AT_ONCE)
        )
    )
    .returning(_windows.credential_id)
)
_DAY_MS = 86_400_000


async def prune(services: Services, retention: Retention) -> Counter[str]:
    """Remove what is kept no longer; how many rows of each kind went.

    Ages are counted in real time: a company that has set its clock keeps nothing for longer.
    """
    database, now = services.database, services.clock.real()
    counts: Counter[str] = Counter()
    async for company_id in _all_companies(database):
        for name, kind in _KINDS.items():
            rule = retention.rule(company_id, name)
            counts[name] += await _remove(services, kind, company_id, rule, now)
        rule = retention.rule(company_id, "tokens")
        counts["tokens"] += await _forget_tokens(database, company_id, rule, now)
        bounds = _bounds(retention.rule(company_id, "events"), now)
        while gone := await database.transact(forget_oldest_events(company_id, **bounds)):
            counts["events"] += gone
    for key in [company_id async for company_id in _all_companies(database)] + [None]:
        bounds = _bounds(retention.rule(key, "journal"), now)
        while gone := await database.transact(forget_oldest(key, **bounds)):
            counts["journal"] += gone
    await _all(database, _OLD_NONCES, before=now - _DAY_MS)
    await _all(database, _OLD_WINDOWS, before=window_of(now - _DAY_MS))
    return counts


def _bounds(rule: Rule, now: Instant) -> dict[str, int]:
    return {
        "before": -1 if rule.age_ms is None else now - rule.age_ms,
        "keep": _ANY_COUNT if rule.most is None else rule.most,
    }


async def _all_companies(database: Database) -> AsyncIterator[str]:
    after = _FIRST_ID
    while rows := await database.fetch(_COMPANIES(after=after)):
        for (company_id,) in rows:
            after = str(company_id)
            yield after


async def _remove(
    services: Services, kind: _Kind, company_id: str, rule: Rule, now: Instant
) -> int:
    calls = []
    if rule.age_ms is not None:
        calls.append(kind.older(company_id=company_id, before=now - rule.age_ms))
    if rule.most is not None:
        calls.append(kind.beyond(company_id=company_id, count=rule.most))
    count = 0
    for call in calls:
        while rows := await services.database.fetch(call):
            for (id_,) in rows:
                try:
                    await kind.rows.remove(services, str(id_))
                    count += 1
                except NotFound:  # somebody else has removed it
                    continue
    return count


async def _forget_tokens(database: Database, company_id: str, rule: Rule, now: Instant) -> int:
    """Tokens go by the end of their time, since before it they are in use."""
    count = 0
    if rule.age_ms is not None:
        count += await _all(database, _OLD_TOKENS, company_id=company_id, before=now - rule.age_ms)
    if rule.most is not None:
        count += await _all(database, _MORE_TOKENS, company_id=company_id, count=rule.most)
    return count


async def _all(database: Database, statement: Statement, **values: Any) -> int:
    count = 0
    while rows := await database.write(statement(**values)):
        count += len(rows)
    return count
