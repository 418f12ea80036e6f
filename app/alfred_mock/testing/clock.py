"""The clock of one company, or of all companies that have no clock of their own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from alfred_mock.control_client import ControlClient, given

Duration = float | timedelta
"""Seconds, or the same as a `timedelta`."""


class CompanyClock:
    """Tokens, signatures, dates and timed jobs all follow it."""

    def __init__(self, control: ControlClient, company_id: str | None) -> None:
        self._control = control
        self._company_id = company_id

    def __repr__(self) -> str:
        whose = "all companies" if self._company_id is None else f"company {self._company_id}"
        return f"<{type(self).__name__} of {whose}>"

    @property
    def now(self) -> datetime:
        """The present instant, in UTC."""
        return _instant(self._control.call("GET", "clock", query={"company": self._company_id}))

    def set(self, now: datetime | str) -> datetime:
        """Go on from this instant; UTC unless it names a zone."""
        return self._put(now=_text(now))

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Stand still, at this instant or the present one."""
        return self._put(now=None if at is None else _text(at), frozen=True)

    def advance(self, duration: Duration) -> datetime:
        """Move on at once; a frozen clock stays frozen."""
        return self._put(advance_s=_seconds(duration))

    def offset(self, duration: Duration) -> datetime:
        """Go ahead of the real time, or behind it for a negative duration."""
        return self._put(offset_s=_seconds(duration))

    def resume(self) -> datetime:
        """Go on from where it stands frozen."""
        return self._put(frozen=False)

    def clear(self) -> datetime:
        """Go back to the real time."""
        return _instant(self._control.call("DELETE", "clock", query={"company": self._company_id}))

    def _put(self, **fields: Any) -> datetime:
        body = given({"company": self._company_id, **fields})
        return _instant(self._control.call("PUT", "clock", body=body))


def _instant(shown: Any) -> datetime:
    return datetime.fromisoformat(shown["now"]).replace(tzinfo=UTC)


def _text(instant: datetime | str) -> str:
    return instant if isinstance(instant, str) else instant.isoformat()


def _seconds(duration: Duration) -> float:
    return duration.total_seconds() if isinstance(duration, timedelta) else duration
