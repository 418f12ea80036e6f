"""A request and its answer, as both sides of a comparison see them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from alfred_mock.core.values import MOST_LEVELS

NO_JSON = object()
"""What the content of a body is that is no JSON."""


@dataclass(frozen=True)
class Request:
    """A request to Alfred."""

    method: str
    target: str
    """Path and query, as they are sent."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """An answer of Alfred or of the double."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case."""
    body: bytes

    def header(self, name: str) -> str | None:
        """The values of a header, joined by commas; None if there is none."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None

    @cached_property
    def content(self) -> Any:
        """The body as JSON, or `NO_JSON`; what is nested too deeply counts as none."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return NO_JSON
        return NO_JSON if _is_deep(content) else content


def _is_deep(content: Any) -> bool:
    level = [content]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


class Side(Protocol):
    """Who answers: the real Alfred or a double."""

    async def send(self, request: Request) -> Answer:
        """Send a request; raises `Stopped` where no more of them may be sent."""


class Stopped(Exception):
    """No more requests are sent; the text says why."""
