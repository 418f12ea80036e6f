"""States about requests that fail, and about the time."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from alfred_mock.control.clock_router import EARLIEST, LATEST
from alfred_mock.control.clocks import change_clock
from alfred_mock.control.faults import store
from alfred_mock.control.faults.effects import MOST_MS, Effect
from alfred_mock.control.faults.rules import MOST, FaultRule, Match
from alfred_mock.control.pact.scopes import Made
from alfred_mock.control.pact.setups import Setup
from alfred_mock.control.pact.states import Parameters, Values, state
from alfred_mock.control.pact.undoing import CLOCK, FAULT
from alfred_mock.control.request_match import path_problem
from alfred_mock.core.clock import Instant, Shift, to_wire
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.values import InstantText
from alfred_mock.database import Transaction


class FaultParameters(Parameters):
    """Which requests of the company's callers fail, all of them unless given, and how."""

    method: Annotated[str, Field(pattern=r"^[A-Za-z]{1,32}$")] | None = None
    path: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    times: Annotated[int, Field(ge=1, le=MOST)] | None = None
    delay_ms: Annotated[float, Field(ge=0, le=MOST_MS)] | None = None


@state(
    "requests fail",
    "requests fail with status {status}",
    "requests fail with {status}",
    kind=FaultParameters,
    returns="fault_id",
)
async def failing_requests(setup: Setup, asked: FaultParameters) -> Values:
    """With status 500 unless given."""
    return await _fault(setup, asked, usual_status=500)


@state("the rate limit is exhausted", kind=FaultParameters, returns="fault_id")
async def exhausted_limit(setup: Setup, asked: FaultParameters) -> Values:
    """With status 429 unless given."""
    return await _fault(setup, asked, usual_status=429)


async def _fault(setup: Setup, asked: FaultParameters, *, usual_status: int) -> Values:
    problem = None if asked.path is None else path_problem(asked.path)
    if problem is not None:
        raise BadRequest(f"Parameter 'path' {problem}.")
    services = setup.services
    rule = FaultRule(
        company=await setup.company_id(),
        match=Match(method=asked.method, path=asked.path),
        effect=Effect(status=asked.status or usual_status, delay_ms=asked.delay_ms),
        times=asked.times,
    )
    fault_id = services.ids.uuid()

    def added() -> Transaction[None]:
        yield from store.added(fault_id, rule, services.clock.real())
        yield from setup.record(Made(FAULT, fault_id))

    await services.database.transact(added())
    await services.database.announce()
    return {"fault_id": fault_id}


class ClockParameters(Parameters):
    """What time it is for the company, and whether it stays so."""

    date: InstantText | None = None
    at: InstantText | None = Field(None, description="The same as `date`.")
    frozen: bool = True

    @model_validator(mode="after")
    def _one_date(self) -> Self:
        if (self.date is None) == (self.at is None):
            raise PydanticCustomError("date", "Parameter 'date' is required, once")
        return self

    @property
    def instant(self) -> Instant:
        """The date."""
        return (self.at if self.date is None else self.date) or EARLIEST


@state("it is {date}", kind=ClockParameters, returns="now")
async def date(setup: Setup, asked: ClockParameters) -> Values:
    """The company's clock stands still unless `frozen` is false."""
    if not EARLIEST <= asked.instant < LATEST:
        raise BadRequest("Parameter 'date' must be from 1970 to 8999.")
    services = setup.services
    company_id = await setup.company_id()
    had_one = company_id in services.clock.shifts
    real = services.clock.real()
    shift = (
        Shift(frozen_at=asked.instant) if asked.frozen else Shift(offset_ms=asked.instant - real)
    )

    def changed() -> Transaction[None]:
        yield from change_clock(company_id, shift, lambda _: shift)
        if not had_one:
            yield from setup.record(Made(CLOCK, company_id))

    await services.database.transact(changed())
    await services.database.announce()
    return {"now": to_wire(asked.instant)}
