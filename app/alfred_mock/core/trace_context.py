"""W3C Trace Context: which trace a request belongs to, as its client says (`traceparent`).

The header is read only where somebody wants to know: a request costs nothing for it.
"""

import re
from typing import NamedTuple

from starlette.types import Scope

from alfred_mock.core.scope_keys import TRACE

_TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}"
    r"(?P<more>-.*)?"
)
_NEVER = "ff"


class TraceContext(NamedTuple):
    """A place in a trace, in lower-case hex: 32 digits, and 16."""

    trace_id: str
    span_id: str
    """The caller's span, or the server's own where it makes spans."""


def parse_traceparent(text: str) -> TraceContext | None:
    """What a `traceparent` says; None where it is not valid (W3C Trace Context, 3.2.2 and 4.3).

    A version that is not known yet may have more fields after those of version 00.
    """
    found = _TRACEPARENT.fullmatch(text)
    if found is None or found["version"] == _NEVER or (found["more"] and found["version"] == "00"):
        return None
    if not (found["trace"].strip("0") and found["span"].strip("0")):
        return None
    return TraceContext(found["trace"], found["span"])


def trace_of(scope: Scope) -> TraceContext | None:
    """The trace that a request belongs to, None without a valid one; several headers are none."""
    if TRACE not in scope:
        values = [value for name, value in scope["headers"] if name == b"traceparent"]
        text = values[0].decode("latin-1").strip(" \t") if len(values) == 1 else ""
        scope[TRACE] = parse_traceparent(text)
    trace: TraceContext | None = scope[TRACE]
    return trace
