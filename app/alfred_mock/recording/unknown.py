"""What a recording has that the double has not: routes, members, headers and words."""

import json
from collections.abc import Iterable
from typing import Any

from alfred_mock.conformance.comparing import Verdict
from alfred_mock.conformance.exchange import NO_JSON
from alfred_mock.conformance.report import Result
from alfred_mock.recording.archive import request_body
from alfred_mock.recording.exchanges import Exchange, header_of
from alfred_mock.recording.reduction import Reduction


def unknown_of(
    exchanges: Iterable[Exchange], results: Iterable[Result], reduction: Reduction
) -> dict[str, Any]:
    """Routes with an answer of each, reduced; and what answers of known routes had more."""
    routes: dict[tuple[str, str], dict[str, Any]] = {}
    for exchange in exchanges:
        if exchange.route or exchange.answer.status in (404, 405):
            continue
        path = reduction.path(exchange.path)
        routes[exchange.request.method, path] = {
            "method": exchange.request.method,
            "path": path,
            "query": reduction.form(exchange.query, exchange.path),
            "request": request_body(exchange, reduction),
            "status": exchange.answer.status,
            "content_type": header_of(exchange.answer.headers, "content-type"),
            "answer": _answer(exchange, reduction),
        }
    more = {(r.request, r.id.removeprefix(f"{r.request}."), r.there) for r in results
            if r.verdict is Verdict.MORE}  # fmt: skip
    return {
        "routes": list(routes.values()),
        "more": [
            {"route": route, "aspect": aspect, "there": there}
            for route, aspect, there in sorted(more)
        ],
    }


def _answer(exchange: Exchange, reduction: Reduction) -> Any:
    """The content of an answer, null where it is no JSON."""
    content = exchange.answer.content
    return None if content is NO_JSON else reduction.content(content, exchange.path)


def unknown_text(unknown: dict[str, Any]) -> str:
    """The file."""
    return json.dumps(unknown, indent=1, ensure_ascii=False) + "\n"
