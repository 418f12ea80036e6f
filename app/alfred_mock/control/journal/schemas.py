"""Entries as the control API shows them."""

import json
from types import SimpleNamespace
from typing import Annotated

from pydantic import ConfigDict, Field

from alfred_mock.alfred.wire import Date
from alfred_mock.control.tables import JournalEntry
from alfred_mock.core.clock import to_wire
from alfred_mock.core.models import LateModel
from alfred_mock.core.trace_context import parse_traceparent


class RequestShown(LateModel):
    """A request and its answer, without the secrets."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[int, Field(description="Grows with every entry; good for `since`.")]
    id: Annotated[str, Field(description="The request's X-Request-ID.")]
    at: Date
    company: Annotated[str | None, Field(description="Whose credentials were sent.")]
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    status: Annotated[int, Field(description="0 if the answer did not reach its end.")]
    response_headers: dict[str, str]
    response_body: str
    duration_ms: float
    fault: Annotated[str | None, Field(description="The fault that hit it.")]
    reason: Annotated[str | None, Field(description="What the client was not told.")]
    trace_id: Annotated[str | None, Field(description="The trace that its `traceparent` names.")]


class JournalShown(LateModel):
    """Entries of the journal, the newest last."""

    model_config = ConfigDict(extra="forbid")

    total: Annotated[int, Field(description="How many match, shown or not.")]
    dropped: Annotated[int, Field(description="How many had to make room for newer ones.")]
    requests: list[RequestShown]


class JournalCount(LateModel):
    """How many entries match."""

    model_config = ConfigDict(extra="forbid")

    count: int


class WaitedInVain(LateModel):
    """The error object, and what has come."""

    model_config = ConfigDict(extra="forbid")

    error: Annotated[str, Field(examples=["Request Timeout"])]
    message: Annotated[str, Field(examples=["1 of 2 requests came within 5 s."])]
    total: int
    requests: list[RequestShown]


_AS_STORED = JournalEntry.model_fields.keys() & RequestShown.model_fields.keys() - {"at"}


def shown(entry: SimpleNamespace) -> RequestShown:
    """A row of the journal as the control API shows it."""
    headers: dict[str, str] = json.loads(entry.headers_json)
    trace = parse_traceparent(headers.get("traceparent", ""))
    return RequestShown(
        **{name: getattr(entry, name) for name in _AS_STORED},
        at=to_wire(entry.at),
        company=entry.company_id,
        headers=headers,
        response_headers=json.loads(entry.response_headers_json),
        duration_ms=entry.duration_us / 1_000,
        trace_id=trace and trace.trace_id,
    )
