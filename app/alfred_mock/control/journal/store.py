"""Statements of the journal: append entries, trim to the bounds, find, forget."""

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.control.company_filter import of_company
from alfred_mock.control.tables import NOBODY, JournalEntry, JournalTotals
from alfred_mock.database import Database, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection

_PAGE = 200
"""So many entries are read at once where their paths are matched here."""
_STEP = 25
"""So many entries are looked at once to make room for bytes."""
LARGEST = 2**63 - 1
"""The largest number of a database."""

OUTGOING = "http"
"""The beginning of the path of what this server has sent: there it is a whole URL."""

_entries = columns_of(JournalEntry)
_totals = columns_of(JournalTotals)
_of_one = _entries.company_id == bindparam("company_id")


class Bounds(NamedTuple):
    """The most that the journal stores of each company."""

    entries: int
    bytes: int


_COUNT_IN = Statement(lambda insert: _upsert(insert(JournalTotals)))
_APPEND = Statement(
    insert(JournalEntry).values(
        {name: bindparam(name) for name in JournalEntry.model_fields if name != "number"}
    )
)
_COUNT_OUT = Statement(
    update(JournalTotals)
    .where(_totals.key == bindparam("of_key"))
    .values(
        entries=_totals.entries - bindparam("fewer"),
        bytes=_totals.bytes - bindparam("freed"),
        dropped=_totals.dropped + bindparam("fewer"),
    )
)


def _upsert(statement: Any) -> Any:
    new = statement.excluded
    more = {name: _totals[name] + new[name] for name in ("entries", "bytes", "dropped")}
    return statement.on_conflict_do_update(index_elements=["key"], set_=more).returning(
        _totals.entries, _totals.bytes
    )


def _trim_where(mine: Any) -> Statement:
    """Deletes the oldest entries, until so many are gone and so many bytes are free."""
    oldest = (
        select(_entries.number, _entries.bytes)
        .where(mine)
        .order_by(_entries.number)
        .limit(bindparam("most"))
        .subquery("oldest")
        .c
    )
    running = select(
        oldest.number,
        func.row_number().over(order_by=oldest.number).label("place"),
        (func.sum(oldest.bytes).over(order_by=oldest.number) - oldest.bytes).label("free_before"),
    ).subquery("running")
    last = select(func.max(running.c.number)).where(
        or_(running.c.place <= bindparam("fewer"), running.c.free_before < bindparam("freed"))
    )
    return Statement(
        delete(JournalEntry)
        .where(mine, _entries.number <= last.scalar_subquery())
        .returning(_entries.bytes)
    )


# Two statements: a condition that fits both cases would not use the index.
_TRIM_NOBODY = _trim_where(_entries.company_id.is_(None))
_TRIM = _trim_where(_of_one)


def append(
    entries: list[dict[str, Any]], bounds: Bounds, dropped: Counter[str]
) -> Transaction[None]:
    """Store entries in this order; those of a removed company are stored without one.

    `dropped` counts, by key, the requests that had to make room before they were stored.
    """
    there: set[str] = set()
    for company_id in sorted({entry["company_id"] or NOBODY for entry in entries} - {NOBODY}):
        if (yield from lock_company(company_id)):
            there.add(company_id)
    sizes: dict[str, list[int]] = defaultdict(list)
    for entry in entries:
        if entry["company_id"] not in there:
            entry["company_id"] = None
        sizes[entry["company_id"] or NOBODY].append(entry["bytes"])
    totals: dict[str, tuple[int, int]] = {}
    for key in sorted(sizes):
        ((count, size),) = yield _COUNT_IN(
            key=key,
            company_id=key or None,
            entries=len(sizes[key]),
            bytes=sum(sizes[key]),
            dropped=dropped[key],
        )
        totals[key] = count, size
    yield _APPEND.many(entries)
    for key, (count, size) in totals.items():
        yield from _trim(key, count - bounds.entries, size - bounds.bytes)


def _trim(key: str, fewer: int, freed: int) -> Transaction[None]:
    while fewer > 0 or freed > 0:
        # How many entries free enough bytes is not known, and reading entries is slow.
        most = max(fewer, _STEP if freed > 0 else 0)
        if key == NOBODY:
            sizes: Rows = yield _TRIM_NOBODY(fewer=fewer, freed=freed, most=most)
        else:
            sizes = yield _TRIM(company_id=key, fewer=fewer, freed=freed, most=most)
        if not sizes:
            break
        size = sum(size for (size,) in sizes)
        yield _COUNT_OUT(of_key=key, fewer=len(sizes), freed=size)
        fewer, freed = fewer - len(sizes), freed - size


_AT_ONCE = 500
_ENTRIES_OF = Statement(select(_totals.entries).where(_totals.key == bindparam("key")))


def _forget_where(mine: Any) -> Statement:
    """Deletes some of the oldest entries: those before an instant, or the first so many."""
    oldest = select(_entries.number).where(mine).order_by(_entries.number)
    limited = oldest.limit(_AT_ONCE).subquery("oldest").c.number
    first = oldest.limit(bindparam("first")).subquery("first").c.number
    return Statement(
        delete(JournalEntry)
        .where(
            mine,
            _entries.number.in_(select(limited)),
            or_(_entries.at < bindparam("before"), _entries.number.in_(select(first))),
        )
        .returning(_entries.bytes)
    )


_FORGET_NOBODYS = _forget_where(_entries.company_id.is_(None))
_FORGET_OLDEST = _forget_where(_of_one)


def forget_oldest(company_id: str | None, *, before: int, keep: int) -> Transaction[int]:
    """Forget entries of a company, or of none, from before an instant or beyond a count.

    Some at a time: how many went, 0 once there are no more.
    """
    if company_id is not None and not (yield from lock_company(company_id)):
        return 0
    key = company_id or NOBODY
    rows: Rows = yield _ENTRIES_OF(key=key)
    first = min(max(0, rows[0][0] - keep), _AT_ONCE) if rows else 0
    if company_id is None:
        sizes: Rows = yield _FORGET_NOBODYS(before=before, first=first)
    else:
        sizes = yield _FORGET_OLDEST(company_id=company_id, before=before, first=first)
    if sizes:
        yield _COUNT_OUT(of_key=key, fewer=len(sizes), freed=sum(size for (size,) in sizes))
    return len(sizes)


_HOLD_TOTALS = Statement(
    select(_totals.key)
    .where(of_company(_totals.company_id))
    .order_by(_totals.key)
    .with_for_update()
)
_FORGET_ALL = [Statement(delete(model)) for model in (JournalEntry, JournalTotals)]
_FORGET = [
    Statement(delete(model).where(columns_of(model).company_id == bindparam("company_id")))
    for model in (JournalEntry, JournalTotals)
]


def forget(company_id: str | None) -> Transaction[None]:
    """Empty the journal of a company, or all of it, with its count of what was dropped."""
    yield _HOLD_TOTALS(company_id=company_id)
    if company_id is None:
        for statement in _FORGET_ALL:
            yield statement()
    else:
        for statement in _FORGET:
            yield statement(company_id=company_id)


class Filters(NamedTuple):
    """What an entry must be like; None is anything."""

    company_id: str | None = None
    method: str | None = None
    path: str | None = None
    lowest_status: int | None = None
    highest_status: int | None = None
    after: int | None = None
    """The number of an entry: only those after it."""
    since: int | None = None
    """An instant: only those at or after it."""
    anonymous: bool | None = None
    """Whether only entries of no company match."""
    incoming: bool | None = None
    """Whether only requests that this server was sent match."""
    outgoing: bool | None = None
    """Whether only requests that this server has sent match."""
    matches: Callable[[str, str], bool] | None = None
    """Decides about the path and the query where the database cannot: for globs."""

    @property
    def conditions(self) -> dict[str, Any]:
        """The values that the database compares, by the name of their condition."""
        given = self._asdict().items()
        return {name: value for name, value in given if name in _CONDITIONS and value is not None}


_CONDITIONS = {
    "company_id": _of_one,
    "method": _entries.method == bindparam("method"),
    "path": _entries.path == bindparam("path"),
    "lowest_status": _entries.status >= bindparam("lowest_status"),
    "highest_status": _entries.status <= bindparam("highest_status"),
    "after": _entries.number > bindparam("after"),
    "since": _entries.at >= bindparam("since"),
    "anonymous": _entries.company_id.is_(None),
    "incoming": _entries.path.not_like(f"{OUTGOING}%"),
    "outgoing": _entries.path.like(f"{OUTGOING}%"),
}
_ENTRY = Selection(JournalEntry)
_DROPPED = Statement(select(func.sum(_totals.dropped)).where(of_company(_totals.company_id)))


def _where(names: tuple[str, ...]) -> list[Any]:
    return [_CONDITIONS[name] for name in names]


@cache
def _count(*names: str) -> Statement:
    return Statement(select(func.count(_entries.number)).where(*_where(names)))


@cache
def _paths(*names: str) -> Statement:
    return Statement(select(_entries.path, _entries.query).where(*_where(names)))


@cache
def _newest(*names: str) -> Statement:
    return Statement(
        select(*_ENTRY.columns)
        .where(*_where(names), _entries.number < bindparam("before"))
        .order_by(_entries.number.desc())
        .limit(bindparam("most"))
    )


@cache
def _next(*names: str) -> Statement:
    return Statement(
        select(*_ENTRY.columns)
        .where(*_where(names), _entries.number > bindparam("last"))
        .order_by(_entries.number)
        .limit(bindparam("most"))
    )


_LAST = Statement(select(func.max(_entries.number)))


async def count(database: Database, filters: Filters) -> int:
    """How many entries match."""
    conditions, matches = filters.conditions, filters.matches
    if matches is None:
        ((found,),) = await database.fetch(_count(*conditions)(**conditions))
        return int(found)
    paths = await database.fetch(_paths(*conditions)(**conditions))
    return sum(1 for path, query in paths if matches(path, query))


async def find(database: Database, filters: Filters, *, limit: int) -> list[SimpleNamespace]:
    """The newest entries that match, in the order of their numbers."""
    conditions, matches = filters.conditions, filters.matches
    most = limit if matches is None else _PAGE
    found: list[SimpleNamespace] = []
    before = LARGEST
    while len(found) < limit:
        rows = await database.fetch(_newest(*conditions)(**conditions, before=before, most=most))
        entries = [_ENTRY.read(row) for row in rows]
        found += [entry for entry in entries if matches is None or matches(entry.path, entry.query)]
        if len(rows) < most:
            break
        before = entries[-1].number
    return found[:limit][::-1]


async def find_next(
    database: Database, filters: Filters, *, last: int, limit: int
) -> list[SimpleNamespace]:
    """The entries after a number, by number; those that only `matches` rules out are there."""
    conditions = filters.conditions
    rows = await database.fetch(_next(*conditions)(**conditions, last=last, most=limit))
    return [_ENTRY.read(row) for row in rows]


async def last_number(database: Database) -> int:
    """The number of the newest entry, 0 if there is none."""
    ((number,),) = await database.fetch(_LAST())
    return int(number or 0)


async def dropped(database: Database, company_id: str | None) -> int:
    """How many entries had to make room: of a company, or in all if there is none."""
    ((found,),) = await database.fetch(_DROPPED(company_id=company_id))
    return int(found or 0)
