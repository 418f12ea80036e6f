"""Logs in JSON: one object a line, with the request that a line is about (our choice of names)."""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.core.masking import masked, masked_words
from alfred_mock.core.scope_keys import REQUEST_ID, UNVERIFIED_COMPANY
from alfred_mock.core.trace_context import trace_of

_SCOPE: ContextVar[Scope | None] = ContextVar("alfred_mock_scope", default=None)


class LogContext:
    """Lets the lines that are logged during a request say which request it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        before = _SCOPE.set(scope)
        try:
            await self._app(scope, receive, send)
        finally:
            _SCOPE.reset(before)


class JsonFormatter(logging.Formatter):
    """Makes a line of JSON; texts are masked once more, stack traces included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked_words(record.getMessage()),
        }
        scope = _SCOPE.get()
        if scope is not None:
            line |= _request(scope)
        # What a record has to say beside its text, such as the parts of the access log's line.
        line |= {
            name: value
            for name, value in getattr(record, "fields", {}).items()
            if value is not None
        }
        if record.exc_info:
            kind, error, trace = record.exc_info
            text = "".join(traceback.format_exception(kind, error, trace))
            line["exception"] = masked_words(text.rstrip())
        return json.dumps(line, ensure_ascii=False)


def _time(created: float) -> str:
    """UTC with milliseconds, as RFC 3339 has it."""
    text = datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _request(scope: Scope) -> dict[str, Any]:
    trace = trace_of(scope)
    found = {
        "request_id": masked(scope.get(REQUEST_ID, b"").decode("latin-1")),
        "company": scope.get(UNVERIFIED_COMPANY),
        "trace_id": trace and trace.trace_id,
        "span_id": trace and trace.span_id,
    }
    return {name: value for name, value in found.items() if value is not None}
