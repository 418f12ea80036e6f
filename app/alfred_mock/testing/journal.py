"""Requests of the journal: as objects, and as lines that a person reads."""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SHOWN = 20
"""So many requests are listed at most."""
_SHOWN_CHARACTERS = 200
_LONGEST = 200


@dataclass(frozen=True, repr=False)
class Request:
    """A request and its answer; secrets are masked."""

    number: int
    """Counts up over all companies."""
    id: str
    """Its `X-Request-ID`."""
    at: str
    company: str | None
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str
    status: int
    """0 if the answer did not reach its end."""
    response_headers: Mapping[str, str]
    response_body: str
    duration_ms: float
    fault: str | None
    """The fault that changed it, and how."""
    reason: str | None
    """Why it failed, where the answer does not say so."""
    trace_id: str | None
    """The trace that its `traceparent` names."""

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.number}: {self}>"

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.method} {self.path}{query} {self.status}"


def request_from(entry: Mapping[str, Any]) -> Request:
    """A request from an entry of the journal; fields of a newer server are ignored."""
    return Request(**{name: entry.get(name) for name in Request.__dataclass_fields__})  # type: ignore[arg-type]


def listing(requests: Iterable[Request]) -> str:
    """The last of these requests, a line each, with the reason of those that failed."""
    every = list(requests)
    lines = [f"... and {len(every) - SHOWN} before"] if len(every) > SHOWN else []
    for request in every[-SHOWN:]:
        lines.append(f"{request}, {request.duration_ms:.1f} ms")
        if request.fault:
            lines.append(f"    fault {request.fault}")
        if request.status == 0 or request.status >= 400:
            lines.append(f"    {(request.reason or request.response_body)[:_SHOWN_CHARACTERS]}")
    return "\n".join(lines) or "none"


def closest(requests: Iterable[Request], method: str, path: str) -> Request | None:
    """The request that is most like this method and path; None if all are very different."""
    called = {f"{request.method} {request.path}": request for request in requests}
    # Comparing takes the square of the length.
    known = {call[:_LONGEST]: call for call in called}
    found = difflib.get_close_matches(f"{method} {path}"[:_LONGEST], known, n=1, cutoff=0.4)
    return called[known[found[0]]] if found else None
