"""The exchanges of a recording as an HTTP archive, reduced to what may be written."""

import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from alfred_mock.conformance.exchange import NO_JSON
from alfred_mock.control.journal.har import har_of
from alfred_mock.control.journal.masking import headers_json
from alfred_mock.recording.credentials import TOKEN
from alfred_mock.recording.exchanges import Exchange, header_of, parts_of
from alfred_mock.recording.reduction import Reduction

ORIGIN = "https://alfred.recording.invalid"
_HEADERS = frozenset(
    ("accept", "allow", "authorization", "content-range", "content-type", "range", "retry-after",
     "www-authenticate", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
     "x-tagshelfapi-key")
)  # fmt: skip
_FILES = "GET /api/file/download/{id}"


def archive_of(
    exchanges: Iterable[Exchange], reduction: Reduction, *, keeps_content: bool = False
) -> dict[str, Any]:
    """The archive; the headers are masked as the journal masks them."""
    entries = [
        _entry(number, exchange, reduction, keeps_content)
        for number, exchange in enumerate(exchanges, 1)
    ]
    return har_of(entries, public_url=ORIGIN)


def _entry(
    number: int, exchange: Exchange, reduction: Reduction, keeps_content: bool
) -> SimpleNamespace:
    request, answer = exchange.request, exchange.answer
    return SimpleNamespace(
        number=number,
        id=f"{number}",
        company_id=None,
        at=exchange.at,
        duration_us=exchange.duration_us,
        fault=None,
        reason=None,
        method=request.method,
        path=reduction.path(exchange.path),
        query=reduction.form(exchange.query, exchange.path),
        headers_json=_headers(request.headers.items()),
        body=request_body(exchange, reduction),
        status=answer.status,
        response_headers_json=_headers(answer.headers),
        response_body=answer_body(exchange, reduction, keeps_content=keeps_content),
    )


def _headers(headers: Iterable[tuple[str, str]]) -> str:
    raw = tuple(
        (name.lower().encode("latin-1"), value.partition("; boundary=")[0].encode("latin-1"))
        for name, value in headers
        if name.lower() in _HEADERS
    )
    return headers_json(raw, knows_caller=False)


def request_body(exchange: Exchange, reduction: Reduction) -> str:
    """The body of the request."""
    request, path = exchange.request, exchange.path
    if not request.body:
        return ""
    parts = parts_of(request)
    if parts:
        shown: dict[str, str] = {}
        for part in parts:
            if part.name == "file":
                name = reduction.stand_ins.file_name(part.file_name or "")
                shown["file"] = f"<{name}, {len(part.content)} bytes of {part.content_type}>"
            else:
                shown[reduction.content({part.name: ""}, path).popitem()[0]] = reduction.text(
                    part.text, path, part.name
                )
        return json.dumps(shown, ensure_ascii=False)
    text = request.body.decode("utf-8", "replace")
    if path == TOKEN:
        return reduction.form(text, path)
    reduced = reduction.json_text(text, path)
    content_type = header_of(request.headers.items(), "content-type")
    if reduced is None and "urlencoded" in content_type:
        return reduction.form(text, path)
    return reduced if reduced is not None else f"<{len(request.body)} bytes>"


def answer_body(exchange: Exchange, reduction: Reduction, *, keeps_content: bool = False) -> str:
    """The body of the answer."""
    answer = exchange.answer
    if not answer.body:
        return ""
    if exchange.route == _FILES and answer.status < 300:
        if keeps_content:
            return answer.body.decode("utf-8", "replace")
        return f"<{len(answer.body)} bytes>"
    if answer.content is NO_JSON:
        return f"<{len(answer.body)} bytes>"
    reduced = reduction.content(answer.content, exchange.path)
    return json.dumps(reduced, separators=(",", ":"), ensure_ascii=False)
