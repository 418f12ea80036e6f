"""How entries get into the journal, and the oldest out of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from alfred_mock.auth.tables import Company
from alfred_mock.control.journal.passed import Entry
from alfred_mock.control.tables import NOBODY, JournalEntry, JournalTotals
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

AT_ONCE = (64, 8, 1)
"""How many entries one statement may insert."""

_companies = columns_of(Company)
_entries = columns_of(JournalEntry)
_totals = columns_of(JournalTotals)
_names = [column.name for column in _entries if column.name != "number"]


class Bounds(NamedTuple):
    """How much the journal keeps of each company."""

    entries: int
    bytes: int


class _Inserts(NamedTuple):
    """A statement that inserts some entries, and what its parameters are called for each."""

    statement: Statement
    parameters: list[list[tuple[str, str]]]


def _inserts(count: int) -> _Inserts:
    parameters = [[(name, f"{name}_{index}") for name in _names] for index in range(count)]
    values = [
        {name: bindparam(parameter, type_=_entries[name].type) for name, parameter in row}
        for row in parameters
    ]
    return _Inserts(Statement(insert(JournalEntry).values(values)), parameters)


_INSERTS = {count: _inserts(count) for count in AT_ONCE}
# Held before anything else, as whoever removes a company does.
_HOLD_COMPANY = Statement(
    select(_companies.id)
    .where(_companies.id == bindparam("id"))
    .with_for_update(read=True, key_share=True)
)
_COUNT_IN = Statement(lambda insert: _upsert(insert(JournalTotals)))
_COUNT_OUT = Statement(
    update(JournalTotals)
    .where(_totals.key == bindparam("of_key"))
    .values(
        entries=_totals.entries - bindparam("fewer"),
        bytes=_totals.bytes - bindparam("freed"),
        dropped=_totals.dropped + bindparam("fewer"),
    )
)
_HOLD_TOTALS = Statement(select(_totals.key).order_by(_totals.key).with_for_update())
_HOLD_TOTALS_OF = Statement(
    select(_totals.key).where(_totals.company_id == bindparam("company_id")).with_for_update()
)
_FORGET = [Statement(delete(model)) for model in (JournalEntry, JournalTotals)]
_FORGET_OF = [
    Statement(delete(model).where(columns_of(model).company_id == bindparam("company_id")))
    for model in (JournalEntry, JournalTotals)
]


def _upsert(statement: Any) -> Any:
    new = statement.excluded
    more = {
        "entries": _totals.entries + new.entries,
        "bytes": _totals.bytes + new.bytes,
        "dropped": _totals.dropped + new.dropped,
    }
    return statement.on_conflict_do_update(index_elements=["key"], set_=more).returning(
        _totals.entries, _totals.bytes
    )


def _oldest(mine: Any) -> Statement:
    return Statement(
        select(_entries.number, _entries.bytes)
        .where(mine, _entries.number > bindparam("after"))
        .order_by(_entries.number)
        .limit(100)
    )


def _up_to(mine: Any) -> Statement:
    return Statement(delete(JournalEntry).where(mine, _entries.number <= bindparam("last")))


# Nobody's apart from a company's: no condition that holds for both would find its way by an index.
_OF_NOBODY = (_oldest(_entries.company_id.is_(None)), _up_to(_entries.company_id.is_(None)))
_of_one = _entries.company_id == bindparam("company_id")
_OF_COMPANY = (_oldest(_of_one), _up_to(_of_one))


def keep(
    entries: list[Entry], bounds: Bounds, dropped: Mapping[str, int] = MappingProxyType({})
) -> Transaction[None]:
    """Write entries in this order; those of a company that is gone become nobody's.

    `dropped` counts by key those that have made room for these before they were written.
    """
    there: set[str] = set()
    for company_id in sorted({entry["company_id"] or NOBODY for entry in entries} - {NOBODY}):
        if (yield _HOLD_COMPANY(id=company_id)):
            there.add(company_id)
    by_key: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry["company_id"] not in there:
            entry["company_id"] = None
        by_key[entry["company_id"] or NOBODY].append(entry)
    totals: dict[str, tuple[int, int]] = {}
    for key in sorted(by_key):
        added = sum(entry["bytes"] for entry in by_key[key])
        ((count, size),) = yield _COUNT_IN(
            key=key,
            company_id=key or None,
            entries=len(by_key[key]),
            bytes=added,
            dropped=dropped.get(key, 0),
        )
        totals[key] = count, size
    for inserts, some in _portions(entries):
        values = {
            parameter: entry[name]
            for entry, parameters in zip(some, inserts.parameters, strict=True)
            for name, parameter in parameters
        }
        yield inserts.statement(**values)
    for key, (count, size) in totals.items():
        if count > bounds.entries or size > bounds.bytes:
            yield from _make_room(key, count - bounds.entries, size - bounds.bytes)


def _portions(entries: list[Entry]) -> Iterator[tuple[_Inserts, list[Entry]]]:
    begin = 0
    for count in AT_ONCE:
        while len(entries) - begin >= count:
            yield _INSERTS[count], entries[begin : begin + count]
            begin += count


def _make_room(key: str, too_many: int, too_much: int) -> Transaction[None]:
    """Drop the oldest entries until neither is above 0."""
    oldest, up_to = _OF_COMPANY if key else _OF_NOBODY
    company = {"company_id": key} if key else {}
    last = fewer = freed = 0
    while fewer < too_many or freed < too_much:
        found: Rows = yield oldest(after=last, **company)
        if not found:
            break
        for number, size in found:
            if fewer >= too_many and freed >= too_much:
                break
            last, fewer, freed = number, fewer + 1, freed + size
    yield up_to(last=last, **company)
    yield _COUNT_OUT(of_key=key, fewer=fewer, freed=freed)


def forget(company_id: str | None) -> Transaction[None]:
    """Empty the journal of a company, or all of it, with its count of what was dropped."""
    if company_id is None:
        yield _HOLD_TOTALS()
        for statement in _FORGET:
            yield statement()
    else:
        yield _HOLD_TOTALS_OF(company_id=company_id)
        for statement in _FORGET_OF:
            yield statement(company_id=company_id)
