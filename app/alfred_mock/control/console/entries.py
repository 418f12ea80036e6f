"""Queries for the list of requests: no more columns and no more rows than are shown."""

import re
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select

from alfred_mock.control.journal.store import LARGEST
from alfred_mock.control.tables import JournalEntry
from alfred_mock.database import Database, Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection

MOST_WORDS = 5
LONGEST_WORD = 200

_METHODS = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))
_NOWHERE = "\x01"
_STATUS = re.compile(r"[1-5]xx|[0-9]{3}")

_entries = columns_of(JournalEntry)
_ROW = Selection(
    JournalEntry,
    *("number", "company_id", "at", "method", "path", "query"),
    *("status", "duration_us", "fault", "reason"),
)
_ENTRY = Selection(JournalEntry)
_SEARCHED = (_entries.path, _entries.query, _entries.fault, _entries.reason)
_ONE = Statement(select(*_ENTRY.columns).where(_entries.number == bindparam("number")))


class Wanted(NamedTuple):
    """Which entries are shown."""

    company_id: str | None = None
    """None is every company, and no company."""
    words: tuple[str, ...] = ()
    """Each must be found: as a method, as a status such as 404 or 4xx, or in the texts."""

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of the statements."""
        values: dict[str, Any] = {}
        if self.company_id is not None:
            values["company_id"] = self.company_id
        for index, word in enumerate(self.words):
            lowest = highest = -1
            if _STATUS.fullmatch(word):
                lowest, highest = int(word.replace("x", "0")), int(word.replace("x", "9"))
            is_method = word.upper() in _METHODS
            values |= {
                f"method{index}": word.upper(),
                f"lowest{index}": lowest,
                f"highest{index}": highest,
                # A reason often names a method; who types one means that of the request.
                f"like{index}": _NOWHERE if is_method else f"%{_escaped(word)}%",
            }
        return values


def wanted_of(company_id: str | None, text: str) -> Wanted:
    """What a tester has typed, as words."""
    words = text.replace("\0", "").lower().split()[:MOST_WORDS]
    return Wanted(company_id, tuple(word[:LONGEST_WORD] for word in words))


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)


def _conditions(words: int, *, of_company: bool) -> list[Any]:
    conditions = [_entries.company_id == bindparam("company_id")] if of_company else []
    for index in range(words):
        status = and_(
            _entries.status >= bindparam(f"lowest{index}"),
            _entries.status <= bindparam(f"highest{index}"),
        )
        like: Any = bindparam(f"like{index}")
        texts = [func.lower(column).like(like, escape="\\") for column in _SEARCHED]
        conditions.append(or_(_entries.method == bindparam(f"method{index}"), status, *texts))
    return conditions


@cache
def _older(words: int, of_company: bool, shown: Selection) -> Statement:
    return Statement(
        select(*shown.columns)
        .where(*_conditions(words, of_company=of_company), _entries.number < bindparam("before"))
        .order_by(_entries.number.desc())
        .limit(bindparam("most"))
    )


@cache
def _newer(words: int, of_company: bool) -> Statement:
    return Statement(
        select(*_ROW.columns)
        .where(*_conditions(words, of_company=of_company), _entries.number > bindparam("last"))
        .order_by(_entries.number)
        .limit(bindparam("most"))
    )


async def newest(
    database: Database, wanted: Wanted, *, most: int, before: int = LARGEST
) -> list[SimpleNamespace]:
    """The newest of the entries before a number, the newest first."""
    return await _read(database, wanted, _ROW, before, most)


async def whole(database: Database, wanted: Wanted, *, most: int) -> list[SimpleNamespace]:
    """The newest entries with all that they have, the oldest first."""
    return (await _read(database, wanted, _ENTRY, LARGEST, most))[::-1]


async def _read(
    database: Database, wanted: Wanted, shown: Selection, before: int, most: int
) -> list[SimpleNamespace]:
    statement = _older(len(wanted.words), wanted.company_id is not None, shown)
    rows = await database.fetch(statement(**wanted.values, before=before, most=most))
    return [shown.read(row) for row in rows]


async def next_ones(
    database: Database, wanted: Wanted, last: int, most: int
) -> list[SimpleNamespace]:
    """The entries that come after a number, the oldest first."""
    statement = _newer(len(wanted.words), wanted.company_id is not None)
    rows = await database.fetch(statement(**wanted.values, last=last, most=most))
    return [_ROW.read(row) for row in rows]


async def entry_of(database: Database, number: int) -> SimpleNamespace | None:
    """The whole entry with this number."""
    rows = await database.fetch(_ONE(number=number))
    return _ENTRY.read(rows[0]) if rows else None
