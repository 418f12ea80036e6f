"""Events of one company, or of all: what was told, and waiting for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alfred_mock.control_client import TIMEOUT_SECONDS, ControlClient, ControlError, given
from alfred_mock.testing.aio import is_in_coroutine

MOST_SHOWN = 10_000
"""The most that the server shows at once."""
_LISTED = 40
"""So many events are listed at most."""
_TELLING = ("stage", "file_status", "new_file_directory", "name")
"""Members that tell an event from others of its name."""


@dataclass(frozen=True, repr=False)
class Event:
    """An event as the server has recorded it, whether or not somebody has received it."""

    number: int
    """Counts up in its company."""
    id: str
    """What receivers see as `event_id`."""
    company: str
    at: str
    """By the clock of the company."""
    name: str
    """Short: `job_finished`."""
    job: str | None
    file: str | None
    fields: Mapping[str, Any]
    """The inner object, with native types."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.number}: {self}>"

    def __str__(self) -> str:
        telling = [str(self.fields[key]) for key in _TELLING if key in self.fields]
        about = f"file {self.file}" if self.file else f"job {self.job}"
        return " ".join([self.name, *telling, f"of {about}"])


class CompanyEvents:
    """What was told of jobs and files.

    The first call has the server record events, with those of the jobs that are there already.
    """

    def __init__(self, control: ControlClient, company_id: str | None) -> None:
        self._control = control
        self._company_id = company_id

    def __repr__(self) -> str:
        whose = "all companies" if self._company_id is None else f"company {self._company_id}"
        return f"<{type(self).__name__} of {whose}>"

    def all(self, name: str | None = None, **filters: Any) -> list[Event]:
        """The events so far, oldest first.

        Filters are `name`, `job`, `file` (ids), `since` (an event's number, or an ISO 8601 date)
        and `limit`.
        """
        answer = self._control.call("GET", "events", query=self._filtered(name, filters))
        return _events(answer)

    def wait_for(
        self, name: str | None = None, count: int = 1, timeout: float = 5, **filters: Any
    ) -> list[Event]:
        """The same, as soon as there are `count` events.

        Raises:
            AssertionError: there were fewer when the time was over; says what came instead.
        """
        query = self._filtered(name, {**filters, "count": count, "timeout": timeout})
        patience = timeout + TIMEOUT_SECONDS
        try:
            answer = self._control.call("GET", "events", "wait", query=query, timeout=patience)
        except ControlError as error:
            if error.status != 408:
                raise
            asked = "".join(f" {key}={value}" for key, value in given(filters).items())
            lines = [f"{error} Asked for: {name or 'any'}{asked}. Came:"]
            lines.append(_listing(_events(error.answer)))
            if is_in_coroutine():
                lines.append(
                    "This waited in a coroutine, and held up its event loop:"
                    " await aio.events.wait_for(...)."
                )
            raise AssertionError("\n".join(lines)) from None
        return _events(answer)

    def _filtered(self, name: str | None, filters: Mapping[str, Any]) -> dict[str, Any]:
        return {"company": self._company_id, "limit": MOST_SHOWN, "name": name, **filters}


def emit(
    control: ControlClient, name: str, *, job: str | None, file: str | None, fields: Any
) -> list[Event]:
    """Have the server tell an event; see `Scope.emit`."""
    body = given({"name": name, "job": job, "file": file})
    return _events(control.call("POST", "events", body={**body, "fields": fields}))


def _events(answer: Any) -> list[Event]:
    names = Event.__dataclass_fields__  # fields of a newer server are ignored
    return [Event(**{name: shown.get(name) for name in names}) for shown in answer["events"]]


def _listing(events: Iterable[Event]) -> str:
    every = list(events)
    lines = [f"... and {len(every) - _LISTED} before"] if len(every) > _LISTED else []
    return "\n".join([*lines, *(f"  {event}" for event in every[-_LISTED:])]) or "  none"
