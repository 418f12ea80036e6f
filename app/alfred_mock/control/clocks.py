"""Setting the clock: tokens, signatures, dates and timed jobs all follow it."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import bindparam, delete, select

from alfred_mock.alfred.wire import Date
from alfred_mock.control.body import ControlBody
from alfred_mock.control.company_filter import (
    CompanyName,
    CompanyQuery,
    company_id_of,
    of_company,
)
from alfred_mock.control.tables import EVERYBODY, ClockShift
from alfred_mock.core.clock import SECOND, Instant, Shift, from_wire, to_wire
from alfred_mock.core.errors import BadRequest, NotFound, describe_errors
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

router = APIRouter(prefix="/clock", tags=["Clock"])

EARLIEST, LATEST = from_wire("1970-01-01T00:00:00"), from_wire("9000-01-01T00:00:00")
_MOST_SECONDS = (LATEST - EARLIEST) / SECOND

_clocks = columns_of(ClockShift)
_FIND = Statement(
    select(_clocks.offset_ms, _clocks.frozen_at).where(_clocks.key == bindparam("key"))
)
_PUT = Statement(lambda insert: _upsert(insert(ClockShift)))
_SHIFTS = Statement(select(_clocks.key, _clocks.offset_ms, _clocks.frozen_at))
_CLEAR = Statement(delete(ClockShift).where(of_company(_clocks.company_id)))


def _upsert(statement: Any) -> Any:
    new = statement.excluded
    values = {"offset_ms": new.offset_ms, "frozen_at": new.frozen_at}
    return statement.on_conflict_do_update(index_elements=["key"], set_=values)


class ClockSet(ControlBody):
    """What to do to a clock: first `offset_s`, then `now`, `advance_s` and `frozen`."""

    company: CompanyName = None
    now: str | None = Field(None, description="An ISO 8601 date, UTC unless it names a zone.")
    frozen: bool | None = Field(None, description="Stand still, or go on from where it stands.")
    offset_s: float | None = Field(
        None, ge=-_MOST_SECONDS, le=_MOST_SECONDS, description="Seconds ahead of the real time."
    )
    advance_s: float | None = Field(
        None, ge=-_MOST_SECONDS, le=_MOST_SECONDS, description="Seconds to move on by."
    )

    @field_validator("now")
    @classmethod
    def _date(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                from_wire(value)
            except (ValueError, OverflowError):
                raise ValueError("must be a date such as 2022-11-17T00:00:00.000") from None
        return value


class ClockShown(BaseModel):
    """The clock as a company sees it."""

    model_config = ConfigDict(extra="forbid")

    now: Date
    frozen: bool
    offset_s: float = Field(description="Seconds ahead of the real time.")


@router.get(
    "",
    summary="What the clock says.",
    response_model=ClockShown,
    responses=describe_errors(BadRequest, NotFound),
)
async def read(services: ServicesDep, company: CompanyQuery = None) -> JsonReply:
    """The company's own clock, or the one of all companies without their own."""
    clock = services.clock
    return JsonReply(_shown(clock.shift_of(company), clock.real()))


@router.put(
    "",
    summary="Set, advance, freeze or release the clock.",
    response_model=ClockShown,
    responses=describe_errors(BadRequest, NotFound),
)
async def put(services: ServicesDep, asked: ClockSet) -> JsonReply:
    """The clock of a company, or of all that have none of their own; holds on every replica."""
    company_id = await company_id_of(services, asked.company)
    real = services.clock.real()
    inherited = services.clock.shift_of(company_id)
    shift = await services.database.transact(_set(company_id, asked, real, inherited))
    await services.database.announce()
    return JsonReply(_shown(shift, real))


@router.delete(
    "",
    summary="Go back to the real time.",
    response_model=ClockShown,
    responses=describe_errors(BadRequest, NotFound),
)
async def clear(services: ServicesDep, company: CompanyQuery = None) -> JsonReply:
    """Take away the company's own clock, or every clock."""
    await services.database.write(_CLEAR(company_id=company))
    await services.database.announce()
    return JsonReply(_shown(services.clock.shift_of(company), services.clock.real()))


async def load_clocks(services: Services) -> None:
    """Have this process go by the clocks that are in the database."""
    services.clock.shifts = {
        None if key == EVERYBODY else key: Shift(offset_ms, frozen_at)
        for key, offset_ms, frozen_at in await services.database.fetch(_SHIFTS())
    }


def clear_clocks(company_id: str | None) -> Transaction[None]:
    """Take away the clock of a company, or every clock; to be announced."""
    yield _CLEAR(company_id=company_id)


def _set(
    company_id: str | None, asked: ClockSet, real: Instant, inherited: Shift
) -> Transaction[Shift]:
    key = company_id or EVERYBODY
    found: Rows = yield _FIND(key=key)
    # A company's first own clock begins with the time that the company has seen so far.
    shift = _changed(Shift(*found[0]) if found else inherited, asked, real)
    yield _PUT(key=key, company_id=company_id, offset_ms=shift.offset_ms, frozen_at=shift.frozen_at)
    return shift


def _changed(shift: Shift, asked: ClockSet, real: Instant) -> Shift:
    now = shift.at(real)
    if asked.offset_s is not None:
        now = real + round(asked.offset_s * SECOND)
    if asked.now is not None:
        now = from_wire(asked.now)
    if asked.advance_s is not None:
        now += round(asked.advance_s * SECOND)
    if not EARLIEST <= now < LATEST:
        raise BadRequest("The clock cannot be set to a time before 1970 or after 8999.")
    frozen = shift.frozen_at is not None if asked.frozen is None else asked.frozen
    return Shift(frozen_at=now) if frozen else Shift(offset_ms=now - real)


def _shown(shift: Shift, real: Instant) -> ClockShown:
    now = shift.at(real)
    return ClockShown(
        now=to_wire(now), frozen=shift.frozen_at is not None, offset_s=(now - real) / SECOND
    )
