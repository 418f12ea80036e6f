"""Slots: so much of a kind at a time; a bounded number waits for its turn, for a bounded time."""

import asyncio
from collections import deque
from enum import StrEnum

from alfred_mock.core.errors import Unavailable
from alfred_mock.core.meter import NO_METER, Counter, Meter
from alfred_mock.core.settings import Settings


class Overloaded(Unavailable):
    """The server has too much to do; the same request may be sent again."""

    def __init__(self, reason: str) -> None:
        super().__init__("The server is busy; try again later.", reason=reason)


class Bound(StrEnum):
    """What was full when somebody was refused."""

    QUEUE = "queue"
    TIME = "time"


class Slots:
    """So many at a time; the others wait for their turn, in order."""

    def __init__(
        self,
        name: str,
        *,
        most: int,
        most_waiting: int,
        seconds: float,
        meter: Meter = NO_METER,
    ) -> None:
        """`name` says in reasons and metrics what the slots are for.

        Nobody waits longer than `seconds`.
        """
        self._name = name
        self._most = most
        self._most_waiting = most_waiting
        self._seconds = seconds
        self.taken = 0
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self._refusals = self._measured(meter)

    def _measured(self, meter: Meter) -> Counter:
        """What counts refusals. Slots are only looked at when somebody asks for the metrics."""
        for name, description, read in (
            ("slots_taken", "How much of each kind is under way.", lambda: self.taken),
            ("slots_limit", "How much may be.", lambda: self._most),
            ("slots_waiting", "How much waits for its turn.", lambda: self.waiting),
        ):
            meter.gauge(f"load_shed_{name}", description, read, slots=self._name)
        refusals = meter.counter(
            "load_shed_refusals",
            "What was refused: too much waited (queue), or it has waited for too long (time).",
            *("slots", "bound"),
        )
        for bound in Bound:
            refusals.add(self._name, bound.value, by=0)
        return refusals

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return sum(1 for waiter in self._waiting if not waiter.done())

    @property
    def has_room(self) -> bool:
        """Whether a slot is free."""
        return self.taken < self._most

    def take_now(self) -> bool:
        """Take a slot if one is free."""
        if self.has_room:
            self.taken += 1
            return True
        return False

    async def take(self) -> None:
        """Take a slot, after those who have waited for longer.

        Raises:
            Overloaded: too many wait already, or this one has waited for too long.
        """
        if self.take_now():
            return
        if len(self._waiting) >= self._most_waiting:
            self._refusals.add(self._name, Bound.QUEUE.value)
            raise Overloaded(f"{self.taken} {self._name} are under way, {self.waiting} wait")
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(turn)
        timer = loop.call_later(self._seconds, self._give_up, turn)
        try:
            has_slot = await self._wait(turn)
        finally:
            timer.cancel()
        if not has_slot:
            self._refusals.add(self._name, Bound.TIME.value)
            raise Overloaded(f"no slot for {self._name} was free for {self._seconds:g} s")

    async def take_again(self) -> None:
        """Take a slot as the next: whoever was let in already is not refused."""
        if not self.take_now():
            turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._waiting.appendleft(turn)
            await self._wait(turn)

    async def _wait(self, turn: asyncio.Future[bool]) -> bool:
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Give a slot to whoever waits first, or free it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(True)
                return
        self.taken -= 1

    def _give_up(self, turn: asyncio.Future[bool]) -> None:
        if not turn.done():
            turn.set_result(False)
            self._waiting.remove(turn)


def slots_of(settings: Settings, meter: Meter) -> dict[str, Slots]:
    """The slots of a process, as its settings say."""
    most = {"requests": settings.max_requests, "uploads": settings.max_uploads}
    return {
        name: Slots(
            name,
            most=number,
            most_waiting=settings.max_queue,
            seconds=settings.queue_seconds,
            meter=meter,
        )
        for name, number in most.items()
    }
