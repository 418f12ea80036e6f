"""`/__admin/clock`: the time that tokens, signatures, dates and timed jobs go by."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field, field_validator

from alfred_mock.alfred.wire import Date
from alfred_mock.control.body import ControlBody
from alfred_mock.control.clocks import change_clock, clear_clocks
from alfred_mock.control.company_filter import CompanyName, CompanyQuery, company_id_of
from alfred_mock.core.clock import DATE_PATTERN, SECOND, Instant, Shift, from_wire, to_wire
from alfred_mock.core.errors import BadRequest, NotFound, describe_errors
from alfred_mock.core.models import LateModel
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.database import ConstraintViolated
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(route_class=LateRoute, prefix="/clock", tags=["Clock"])

EARLIEST, LATEST = from_wire("1970-01-01T00:00:00"), from_wire("9000-01-01T00:00:00")
_MOST_SECONDS = (LATEST - EARLIEST) / SECOND


class ClockSet(ControlBody):
    """What to do to a clock: first `offset_s`, then `now`, `advance_s` and `frozen`."""

    company: CompanyName = None
    now: Annotated[str, Field(json_schema_extra={"pattern": DATE_PATTERN})] | None = Field(
        None, description="An ISO 8601 date from 1970 to 8999, UTC unless it names a zone."
    )
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


class ClockShown(LateModel):
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
    change = change_clock(company_id, inherited, lambda shift: _changed(shift, asked, real))
    try:
        shift = await services.database.transact(change)
    except ConstraintViolated:  # the company has gone in the meantime
        raise NotFound("There is no company with this id or credential.") from None
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
    await services.database.transact(clear_clocks(company))
    await services.database.announce()
    return JsonReply(_shown(services.clock.shift_of(company), services.clock.real()))


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
