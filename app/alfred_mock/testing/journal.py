"""What the server was asked: as objects, and as lines that a person reads."""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SHOWN = 20
"""How many requests are listed at the most."""
_SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Request:
    """A request and what it was answered; secrets are masked."""

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
    """Which fault has happened to it, and what that was."""
    reason: str | None
    """What was wrong, where the answer would not say it."""

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.method} {self.path}{query} {self.status}"


def request_from(entry: Mapping[str, Any]) -> Request:
    """A request as the journal has it; what a newer server says besides is left out."""
    return Request(**{name: entry.get(name) for name in Request.__dataclass_fields__})  # type: ignore[arg-type]


def listing(requests: Iterable[Request]) -> str:
    """The last of these requests, a line each, and what was wrong with those that failed."""
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
    """The request that is most like one of this method and path; None if none is."""
    called = {f"{request.method} {request.path}": request for request in requests}
    found = difflib.get_close_matches(f"{method} {path}", called, n=1, cutoff=0.4)
    return called[found[0]] if found else None
