"""The double that runs beside a recording: it gets the same requests, and its answers are compared.

Its ids are its own. Which of them stands for which real one follows from the places that they have
in the answers to the same request.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.routing import Route

from alfred_mock.conformance.checks import CHECKS
from alfred_mock.conformance.comparing import Finding, Verdict, compare
from alfred_mock.conformance.double import API_KEY, PASSWORD, USER_NAME, Double
from alfred_mock.conformance.exchange import Answer, Request
from alfred_mock.conformance.report import Result, results_of
from alfred_mock.conformance.shapes import shape_of
from alfred_mock.recording.credentials import TOKEN
from alfred_mock.recording.exchanges import Exchange
from alfred_mock.recording.stand_ins import UUID

_PASSED_ON = frozenset(
    ("accept", "content-type", "if-match", "if-none-match", "if-range", "range", "x-request-id")
)
_CREDENTIALS = frozenset(("authorization", "x-tagshelfapi-key"))
_WITHOUT_SHAPE = frozenset(("GET /api/file/download/{id}", "GET /api/report/tag/{id}"))
"""Content of files, and rows whose members are named by customers."""


def _all_words() -> dict[str, frozenset[str]]:
    words: dict[str, frozenset[str]] = {}
    for check in CHECKS:
        for name, known in check.words.items():
            words[name] = words.get(name, frozenset()) | known
    return words


WORDS = _all_words()
"""Every member whose values are words of Alfred's, with all that the double knows."""


class Routes:
    """The routes that the double has."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._routes = [
            (method, route.path.split("/"), route.path)
            for router in routers
            for route in router.routes
            if isinstance(route, Route)
            for method in route.methods or ()
        ]

    def of(self, method: str, path: str) -> str:
        """Method and template of a request, empty where the double has none for it."""
        segments = path.split("/")
        for known, template, text in self._routes:
            if known == method and len(template) == len(segments) and _fits(segments, template):
                return f"{method} {text}"
        return ""


def _fits(segments: list[str], template: list[str]) -> bool:
    pairs = zip(segments, template, strict=True)
    return all(part == segment or part.startswith("{") for segment, part in pairs)


class Shadow:
    """Sends the requests of a recording to a double."""

    def __init__(self, double: Double) -> None:
        self._double = double
        self._ids: dict[str, str] = {}

    async def compare(self, exchange: Exchange) -> list[Result]:
        """Send the same request, and compare the answers."""
        request = self._request(exchange)
        own = await self._double.send(request)
        answer = exchange.answer
        unknown = self._unknown_ids(exchange)
        self._learn(answer.content, own.content)
        name = exchange.route or exchange.request.method
        findings: Iterable[Finding]
        if answer.status >= 500 or (unknown and own.status != answer.status):
            said = f"{answer.status}"
            findings = [Finding("status", Verdict.CANNOT_TELL, said, f"{own.status}")]
        else:
            shapes = [_shape(exchange, each) for each in (answer, own)]
            findings = compare(*shapes, words=WORDS, is_own=False)
        return results_of(name, name, findings)

    def _request(self, exchange: Exchange) -> Request:
        request, status = exchange.request, exchange.answer.status
        headers = {k: v for k, v in request.headers.items() if k.lower() in _PASSED_ON}
        shown = {k: v for k, v in request.headers.items() if k.lower() in _CREDENTIALS}
        if shown:
            # What the real one has refused, the double is to refuse too.
            headers |= shown if status == 401 else {"X-TagshelfAPI-Key": API_KEY}
        body = self._own_ids(request.body.decode("latin-1")).encode("latin-1")
        if exchange.path == TOKEN and status == 200:
            login = {"grant_type": "password", "username": USER_NAME, "password": PASSWORD}
            body = urlencode(login).encode()
        return Request(request.method, self._own_ids(request.target), headers, body)

    def _own_ids(self, text: str) -> str:
        return UUID.sub(lambda found: self._ids.get(found[0].lower(), found[0]), text)

    def _unknown_ids(self, exchange: Exchange) -> bool:
        """Whether the request is about something that was there before the recording."""
        text = exchange.request.target + exchange.request.body.decode("latin-1")
        return any(found[0].lower() not in self._ids for found in UUID.finditer(text))

    def _learn(self, there: Any, here: Any) -> None:
        if isinstance(there, dict) and isinstance(here, dict):
            for name in there.keys() & here.keys():
                self._learn(there[name], here[name])
        elif isinstance(there, list) and isinstance(here, list):
            for theirs, ours in zip(there, here, strict=False):
                self._learn(theirs, ours)
        elif _is_id(there) and _is_id(here):
            self._ids.setdefault(there.lower(), here)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def _shape(exchange: Exchange, answer: Answer) -> dict[str, Any]:
    return shape_of(answer, words=WORDS, is_content=exchange.route in _WITHOUT_SHAPE)
