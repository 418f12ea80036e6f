"""Rate limits that all replicas share, at the cost of a statement for every hundredth request.

The count of a credential is a row of the database. A process does not count there one by one: it
reserves a portion of what is left, and hands that out by itself. Portions shrink with the rest,
down to one. So never more requests pass than are announced, and fewer only by what another
process has reserved and does not use (our choice, as are all limits: Alfred documents none).
"""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import bindparam, case

from alfred_mock.auth.tables import RateWindow
from alfred_mock.core.clock import Clock
from alfred_mock.core.meter import NO_METER, Meter
from alfred_mock.core.rate_limits import Budget, window_of
from alfred_mock.database import Database, Rows, Statement
from alfred_mock.database.columns import columns_of

PORTIONS = 100
"""A portion is this part of what is left."""

_rows = columns_of(RateWindow)
# The clocks of two replicas differ: the minute that one of them is in already counts for both.
_RESERVE = Statement(
    lambda insert: (
        insert(RateWindow)
        .values(
            credential_id=bindparam("credential_id"),
            company_id=bindparam("company_id"),
            minute=bindparam("minute"),
            used=bindparam("portion"),
        )
        .on_conflict_do_update(
            index_elements=[_rows.credential_id],
            set_={
                "used": case(
                    (_rows.minute < bindparam("minute"), bindparam("portion")),
                    else_=_rows.used + bindparam("portion"),
                ),
                "minute": case(
                    (_rows.minute < bindparam("minute"), bindparam("minute")), else_=_rows.minute
                ),
            },
        )
        .returning(_rows.used)
    )
)


@dataclass(slots=True)
class _Reserve:
    """What this process may still hand out of a credential's minute."""

    unreserved: int
    """Requests that nobody had reserved when last asked."""
    held: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class SharedRateLimits:
    """Counts the requests of each credential; one object for each process."""

    def __init__(
        self, database: Database, clock: Clock, *, limit: int, meter: Meter = NO_METER
    ) -> None:
        """`limit` is how many requests a credential may make in a minute."""
        self._database = database
        self._clock = clock
        self._limit = limit
        self._window = 0
        self._reserves: dict[str, _Reserve] = {}
        self._judged = meter.counter(
            "rate_limited_requests",
            "Requests that were counted for a limit, by whether it has let them pass.",
            *("scheme", "outcome"),
        )

    async def count(self, credential_id: str, company_id: str, scheme: str) -> Budget:
        """Count a request of this credential; see `RateLimiter`."""
        budget = await self._count(credential_id, company_id)
        self._judged.add(scheme, "refused" if budget.is_exceeded else "allowed")
        return budget

    async def _count(self, credential_id: str, company_id: str) -> Budget:
        window = window_of(self._clock.real())
        if window != self._window:
            self._window = window
            self._reserves = {}
        reserve = self._reserves.get(credential_id)
        if reserve is None:
            reserve = self._reserves[credential_id] = _Reserve(self._limit)
        while not reserve.held:
            if not reserve.unreserved:
                return Budget(0, is_exceeded=True)
            async with reserve.lock:
                if not reserve.held and reserve.unreserved:
                    await self._fill(reserve, credential_id, company_id, window)
        reserve.held -= 1
        return Budget(reserve.held + reserve.unreserved, is_exceeded=False)

    async def _fill(
        self, reserve: _Reserve, credential_id: str, company_id: str, window: int
    ) -> None:
        portion = max(1, reserve.unreserved // PORTIONS)
        rows: Rows = await self._database.write(
            _RESERVE(
                credential_id=credential_id, company_id=company_id, minute=window, portion=portion
            )
        )
        used: int = rows[0][0]
        reserve.held = max(0, min(portion, self._limit - (used - portion)))
        reserve.unreserved = max(0, self._limit - used)
