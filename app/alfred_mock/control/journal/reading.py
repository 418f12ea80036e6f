"""Looking into the journal."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, select

from alfred_mock.control.company_filter import of_company
from alfred_mock.control.journal.filters import Filters
from alfred_mock.control.tables import JournalEntry, JournalTotals
from alfred_mock.database import Database, Row, Statement
from alfred_mock.database.columns import columns_of

_PAGE = 200

_entries = columns_of(JournalEntry)
_totals = columns_of(JournalTotals)
_CONDITIONS = {
    "company_id": _entries.company_id == bindparam("company_id"),
    "method": _entries.method == bindparam("method"),
    "path": _entries.path == bindparam("path"),
    "lowest_status": _entries.status >= bindparam("lowest_status"),
    "highest_status": _entries.status <= bindparam("highest_status"),
    "after": _entries.number > bindparam("after"),
    "since": _entries.at >= bindparam("since"),
}
_DROPPED = Statement(
    select(func.sum(_totals.dropped)).where(of_company(_totals.company_id)),
)


@cache
def _paths(*conditions: str) -> Statement:
    return Statement(select(_entries.path).where(*[_CONDITIONS[name] for name in conditions]))


@cache
def _count(*conditions: str) -> Statement:
    return Statement(
        select(func.count())
        .select_from(JournalEntry)
        .where(*[_CONDITIONS[name] for name in conditions])
    )


@cache
def _newest(*conditions: str) -> Statement:
    return Statement(
        select(JournalEntry)
        .where(
            *[_CONDITIONS[name] for name in conditions],
            _entries.number < bindparam("before"),
        )
        .order_by(_entries.number.desc())
        .limit(bindparam("most"))
    )


async def count(database: Database, filters: Filters) -> int:
    """How many entries match."""
    conditions, matches = filters.conditions, filters.path_matches
    if matches is None:
        ((found,),) = await database.fetch(_count(*conditions)(**conditions))
        return int(found)
    return sum(
        1 for (path,) in await database.fetch(_paths(*conditions)(**conditions)) if matches(path)
    )


async def find(database: Database, filters: Filters, *, limit: int) -> list[JournalEntry]:
    """The newest entries that match, the newest of them last."""
    conditions, matches = filters.conditions, filters.path_matches
    found: list[JournalEntry] = []
    before = 2**63 - 1
    while len(found) < limit:
        most = limit if matches is None else _PAGE
        rows = await database.fetch(_newest(*conditions)(**conditions, before=before, most=most))
        entries = [_entry(row) for row in rows]
        found += [entry for entry in entries if matches is None or matches(entry.path)]
        if len(rows) < most:
            break
        before = entries[-1].number or 0
    return found[:limit][::-1]


async def dropped(database: Database, company_id: str | None) -> int:
    """How many entries of a company, or of all and nobody, had to make room."""
    ((found,),) = await database.fetch(_DROPPED(company_id=company_id))
    return int(found or 0)


_names = [column.name for column in _entries]


def _entry(row: Row) -> JournalEntry:
    values: dict[str, Any] = dict(zip(_names, row, strict=True))
    return JournalEntry(**values)
