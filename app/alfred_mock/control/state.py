"""What testers have set, as this process knows it.

It is in the database and read from there when it has changed, which every process that shares the
database is told of (`Database.announce`). Between changes it costs a request next to nothing.
"""

from sqlalchemy import select

from alfred_mock.control.faults.rules import ActiveRule, load_rules
from alfred_mock.control.tables import EVERYBODY, ClockShift
from alfred_mock.core.clock import Clock, Shift
from alfred_mock.database import Database, Statement
from alfred_mock.database.columns import columns_of

_clocks = columns_of(ClockShift)

_SHIFTS = Statement(select(_clocks.key, _clocks.offset_ms, _clocks.frozen_at))


class ControlState:
    """The faults and the clocks that are in force."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.faults: tuple[ActiveRule, ...] = ()
        """The rules in the order in which they were made."""
        self._database = database
        self._clock = clock
        database.on_announcement(self.load)

    async def load(self) -> None:
        """Take over what is in the database."""
        shifts = await self._database.fetch(_SHIFTS())
        self._clock.shifts = {
            None if key == EVERYBODY else key: Shift(offset_ms, frozen_at)
            for key, offset_ms, frozen_at in shifts
        }
        self.faults = await load_rules(self._database, known=self.faults)
