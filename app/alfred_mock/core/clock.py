"""The one door through which time comes in.

Inside, an instant is a whole number of milliseconds since 1970-01-01T00:00:00Z: it compares, adds
and stores the same way everywhere. Only this module turns one into text and back.
"""

import time
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache

Instant = int
"""Milliseconds since the epoch, UTC."""

SECOND = 1_000
"""One second in milliseconds."""


class Clock:
    """Tells what time it is; whoever needs the time is handed one of these."""

    def now(self) -> Instant:
        """The present instant."""
        return time.time_ns() // 1_000_000


@lru_cache(1024)
def to_wire(instant: Instant) -> str:
    """An instant as Alfred writes dates: `2022-11-17T00:00:00.000`, UTC, no zone (docs)."""
    seconds, milliseconds = divmod(instant, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1_000)
    return moment.isoformat(timespec="milliseconds")[:-6]  # less the zone, "+00:00"


def from_wire(text: str) -> Instant:
    """The instant that an ISO 8601 date names; one without a zone is UTC.

    Raises:
        ValueError: the text is no ISO 8601 date with a time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole_seconds = int(moment.replace(microsecond=0).timestamp())
    return whole_seconds * SECOND + moment.microsecond // 1_000


def to_http_date(instant: Instant) -> str:
    """An instant as RFC 1123 writes it: `Tue, 11 Jun 2019 09:04:53 GMT`."""
    return formatdate(instant // SECOND, usegmt=True)
