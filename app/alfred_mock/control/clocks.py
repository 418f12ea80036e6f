"""Clocks that testers have set, in the database and in this process."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, delete, select

from alfred_mock.control.company_filter import of_company
from alfred_mock.control.tables import EVERYBODY, ClockShift
from alfred_mock.core.clock import Shift
from alfred_mock.core.services import Services
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_clocks = columns_of(ClockShift)

_ALL = Statement(select(_clocks.key, _clocks.offset_ms, _clocks.frozen_at))
_FIND = Statement(
    select(_clocks.offset_ms, _clocks.frozen_at).where(_clocks.key == bindparam("key"))
)
_PUT = Statement(lambda insert: _upsert(insert(ClockShift)))
_CLEAR = Statement(delete(ClockShift).where(of_company(_clocks.company_id)))


def _upsert(statement: Any) -> Any:
    new = statement.excluded
    values = {"offset_ms": new.offset_ms, "frozen_at": new.frozen_at}
    return statement.on_conflict_do_update(index_elements=["key"], set_=values)


async def load_clocks(services: Services) -> None:
    """Have this process go by the clocks in the database."""
    services.clock.shifts = {
        None if key == EVERYBODY else key: Shift(offset_ms, frozen_at)
        for key, offset_ms, frozen_at in await services.database.fetch(_ALL())
    }


def change_clock(
    company_id: str | None, inherited: Shift, change: Callable[[Shift], Shift]
) -> Transaction[Shift]:
    """Change the clock of a company, or the one of all others; to be announced.

    A company's first own clock begins with the inherited one: the time that it has seen so far.
    """
    key = company_id or EVERYBODY
    found: Rows = yield _FIND(key=key)
    shift = change(Shift(*found[0]) if found else inherited)
    yield _PUT(key=key, company_id=company_id, offset_ms=shift.offset_ms, frozen_at=shift.frozen_at)
    return shift


def clear_clocks(company_id: str | None) -> Transaction[None]:
    """Take away the clock of a company, or every clock; to be announced."""
    yield _CLEAR(company_id=company_id)
