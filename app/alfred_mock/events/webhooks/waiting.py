"""What waits to be delivered, as far as this process knows without asking the database."""

from collections import deque
from collections.abc import Sequence
from types import SimpleNamespace
from typing import NamedTuple

from alfred_mock.core.clock import SECOND, Clock, Instant
from alfred_mock.core.meter import Meter


class _Seen(NamedTuple):
    """When a company's events up to this number were first seen to wait, to the second."""

    number: int
    at: Instant


class _Line:
    """What waits for one webhook."""

    def __init__(self) -> None:
        self.row = SimpleNamespace(last_number=0, delivered_number=0)
        self.planned: Sequence[SimpleNamespace] = ()
        self.seen: deque[_Seen] = deque()

    def look(self, row: SimpleNamespace, planned: Sequence[SimpleNamespace], now: Instant) -> None:
        # A planned attempt at the next event is that event; others come in addition.
        self.row = row
        self.planned = [each for each in planned if each.event_number <= row.delivered_number]
        self._forget_delivered()
        if not self.seen:
            if row.last_number > row.delivered_number:
                self.seen.append(_Seen(row.last_number, now))
        elif row.last_number > self.seen[-1].number:
            at = now if now - self.seen[-1].at >= SECOND else self.seen.pop().at
            self.seen.append(_Seen(row.last_number, at))

    def _forget_delivered(self) -> None:
        while self.seen and self.seen[0].number <= self.row.delivered_number:
            self.seen.popleft()

    @property
    def count(self) -> int:
        undelivered: int = max(0, self.row.last_number - self.row.delivered_number)
        return undelivered + len(self.planned)

    @property
    def since(self) -> Instant | None:
        """When the oldest was first seen; None where nothing waits."""
        self._forget_delivered()
        instants = [each.at for each in self.planned]
        if self.seen:
            instants.append(self.seen[0].at)
        return min(instants, default=None)


class Waiting:
    """Knows what waits for the webhooks that this process delivers to.

    It is told what the courier has read anyway; a process that only waits for another one's claim
    to end knows of nothing. Ages begin when a process first sees an event, since an event tells
    the time of its company, which may stand still.
    """

    def __init__(self, meter: Meter, process: str, clock: Clock) -> None:
        """`process` is this one's name in claims."""
        self._process = process
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        meter.gauge(
            "webhook_deliveries_waiting", "Events that webhooks have yet to get.", self.count
        )
        meter.gauge(
            "webhook_oldest_waiting_seconds",
            "How long the oldest of them has waited, as far as this process has seen.",
            self.oldest_seconds,
            across="max",
        )

    def look(self, row: SimpleNamespace, planned: Sequence[SimpleNamespace]) -> None:
        """Take notice of a company's webhook, and of the attempts that are planned.

        The row is kept: `delivered_number` may grow in it. Of several processes the one knows of a
        webhook that was the last to claim it.
        """
        known = self._lines.get(row.company_id)
        if row.claimed_by == self._process:
            known = self._lines.setdefault(row.company_id, _Line())
        elif row.claimed_by is not None:
            self.forget(row.company_id)
            return
        if known is not None:
            known.look(row, planned, self._clock.real())

    def forget(self, company_id: str) -> None:
        """Nothing waits for a company, or another process delivers to it."""
        self._lines.pop(company_id, None)

    def count(self) -> int:
        """How many events wait."""
        return sum(line.count for line in self._lines.values())

    def oldest_seconds(self) -> float:
        """How long the oldest has waited; 0 where nothing waits."""
        instants = [at for line in self._lines.values() if (at := line.since) is not None]
        return max(0, self._clock.real() - min(instants)) / SECOND if instants else 0
