"""The journal as an HTTP archive (HAR 1.2), which browsers and proxies open."""

import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote

from alfred_mock import __version__
from alfred_mock.control.journal.store import OUTGOING
from alfred_mock.core.clock import to_wire
from alfred_mock.core.errors import phrase_of


def har_of(entries: Iterable[SimpleNamespace], *, public_url: str | None) -> dict[str, Any]:
    """The archive; fields that begin with an underscore are our own, as HAR allows."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "alfred-mock", "version": __version__},
            "pages": [],
            "entries": [har_entry(entry, public_url) for entry in entries],
        }
    }


def har_entry(entry: SimpleNamespace, public_url: str | None) -> dict[str, Any]:
    """An entry of the archive."""
    milliseconds = entry.duration_us / 1_000
    return {
        "startedDateTime": f"{to_wire(entry.at)}Z",
        "time": milliseconds,
        "request": _request(entry, public_url),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "_number": entry.number,
        "_id": entry.id,
        "_company": entry.company_id,
        "_fault": entry.fault,
        "_reason": entry.reason,
    }


def _request(entry: SimpleNamespace, public_url: str | None) -> dict[str, Any]:
    headers: dict[str, str] = json.loads(entry.headers_json)
    origin = public_url or f"http://{headers.get('host', 'localhost')}"
    is_outgoing = entry.path.startswith(OUTGOING)
    url = (entry.path if is_outgoing else origin + quote(entry.path)) + (
        f"?{entry.query}" if entry.query else ""
    )
    request: dict[str, Any] = {
        "method": entry.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers.items()),
        "queryString": _pairs(parse_qsl(entry.query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": _size(headers, entry.body),
    }
    if entry.body:
        mime_type = headers.get("content-type", "")
        request["postData"] = {"mimeType": mime_type, "params": [], "text": entry.body}
    return request


def _response(entry: SimpleNamespace) -> dict[str, Any]:
    headers: dict[str, str] = json.loads(entry.response_headers_json)
    size = _size(headers, entry.response_body)
    return {
        "status": entry.status,
        "statusText": _phrase(entry.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers.items()),
        "content": {
            "size": size,
            "mimeType": headers.get("content-type", ""),
            "text": entry.response_body,
        },
        "redirectURL": headers.get("location", ""),
        "headersSize": -1,
        "bodySize": size,
    }


def _pairs(items: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in items]


def _size(headers: dict[str, str], body: str) -> int:
    declared = headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else len(body.encode())


def _phrase(status: int) -> str:
    try:
        return phrase_of(status)
    except ValueError:  # it has no name, or there is no status
        return ""
