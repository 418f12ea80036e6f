"""The only source of time.

Inside, an instant is a whole number of milliseconds since 1970-01-01T00:00:00Z: it compares, adds
and stores the same way everywhere. Only this module turns one into text and back.
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple

Instant = int
"""Milliseconds since the epoch, UTC."""

SECOND = 1_000
"""One second in milliseconds."""
DATE_PATTERN = (
    r"^([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
    r"-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?)?$"
)
"""The dates that are read: of the forms of ISO 8601 those that programs write."""


_DATE = re.compile(DATE_PATTERN)


class Shift(NamedTuple):
    """How far a company's time is from the real one."""

    offset_ms: int = 0
    frozen_at: Instant | None = None
    """Where it stands still; then the offset does not matter."""

    def at(self, real: Instant) -> Instant:
        """The shifted time at a real one."""
        return real + self.offset_ms if self.frozen_at is None else self.frozen_at


NO_SHIFT = Shift()


class Clock:
    """Tells the time.

    Each company can have a time of its own; all that a company sees follows it.
    """

    def __init__(self) -> None:
        self.shifts: Mapping[str | None, Shift] = {}
        """The shift of each company that has one; None is for all the others."""

    def real(self) -> Instant:
        """The real instant, without any shift."""
        return time.time_ns() // 1_000_000

    def now(self, company_id: str | None = None) -> Instant:
        """The present instant as this company sees it."""
        real = self.real()
        return self.shift_of(company_id).at(real) if self.shifts else real

    def shift_of(self, company_id: str | None) -> Shift:
        """The shift of a company, or that of all the others."""
        return self.shifts.get(company_id) or self.shifts.get(None) or NO_SHIFT


@lru_cache(1024)
def to_wire(instant: Instant) -> str:
    """An instant as Alfred writes dates: `2022-11-17T00:00:00.000`, UTC, no zone (docs)."""
    seconds, milliseconds = divmod(instant, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1_000)
    return moment.isoformat(timespec="milliseconds")[:-6]  # less the zone, "+00:00"


def from_wire(text: str) -> Instant:
    """The instant that an ISO 8601 date names; one without a zone is UTC.

    Raises:
        ValueError: the text is no such date, or there is no such day.
    """
    if not _DATE.fullmatch(text):
        raise ValueError(f"Invalid isoformat string: {text[:40]!r}")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole_seconds = int(moment.replace(microsecond=0).timestamp())
    return whole_seconds * SECOND + moment.microsecond // 1_000


def to_http_date(instant: Instant) -> str:
    """An instant as RFC 1123 writes it: `Tue, 11 Jun 2019 09:04:53 GMT`."""
    return formatdate(instant // SECOND, usegmt=True)
