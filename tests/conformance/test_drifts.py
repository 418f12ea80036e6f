"""Each way in which the double and Alfred can drift apart is found by a run."""

import json
from typing import Any

import pytest
from starlette.types import Scope

from alfred_mock.conformance.comparing import Verdict
from alfred_mock.conformance.double import API_KEY, Double
from alfred_mock.conformance.exchange import Request
from alfred_mock.conformance.report import BAD, Report
from tests.conformance.sides import KEY, Change, report_of

pytestmark = pytest.mark.anyio

Headers = list[tuple[bytes, bytes]]
DETAIL = "/api/deferred/detail/"


def found_in(report: Report) -> dict[str, Verdict]:
    """The results that are not as they should be."""
    return {result.id: result.verdict for result in report.results if result.verdict in BAD}


def _without(*names: str) -> Change:
    dropped = {name.encode() for name in names}

    def change(
        scope: Scope, status: int, headers: Headers, body: bytes
    ) -> tuple[int, Headers, bytes]:
        return status, [pair for pair in headers if pair[0] not in dropped], body

    return change


def _status(old: int, new: int) -> Change:
    def change(
        scope: Scope, status: int, headers: Headers, body: bytes
    ) -> tuple[int, Headers, bytes]:
        return new if status == old else status, headers, body

    return change


def _json(path: str, edit: Any) -> Change:
    def change(
        scope: Scope, status: int, headers: Headers, body: bytes
    ) -> tuple[int, Headers, bytes]:
        if scope["path"].startswith(path) and status == 200:
            body = json.dumps(edit(json.loads(body)), separators=(",", ":")).encode()
        return status, headers, body

    return change


def _renamed(content: dict[str, Any]) -> dict[str, Any]:
    return {"state" if name == "status" else name: value for name, value in content.items()}


def _longer(content: dict[str, Any]) -> dict[str, Any]:
    return {**content, "files": []}


def _zeros_cut(content: dict[str, Any]) -> dict[str, Any]:
    return {**content, "creation_date": "2022-11-17T00:00:00.13Z"}


def _created(scope: Scope, status: int, headers: Headers, body: bytes) -> tuple[int, Any, bytes]:
    is_create = scope["path"] == "/api/deferred/create" and scope["method"] == "POST"
    return 201 if is_create and status == 200 else status, headers, body


def _no_login_asked(
    scope: Scope, status: int, headers: Headers, body: bytes
) -> tuple[int, Any, bytes]:
    if status == 401:
        headers = [pair for pair in headers if pair[0] != b"www-authenticate"]
        return 200, headers, b'{"pong":"nobody"}'
    return status, headers, body


RATE_LIMIT = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
DRIFTS: dict[str, tuple[Change, str, Verdict]] = {
    "member renamed in code": (
        _json(DETAIL, _renamed), "session.detail.members", Verdict.DIFFERS),
    "status 200 is 201": (_created, "session.create.status", Verdict.DIFFERS),
    "rate-limit headers dropped": (
        _without(*RATE_LIMIT), "tagshelf.ping.header.x-ratelimit-reset", Verdict.DIFFERS),
    "WWW-Authenticate dropped": (
        _without("www-authenticate"), "errors.wrong-key.header.www-authenticate", Verdict.DIFFERS),
    "X-Request-ID dropped": (
        _without("x-request-id"), "tagshelf.ping.header.x-request-id", Verdict.DIFFERS),
    "extra member": (_json(DETAIL, _longer), "session.detail.members", Verdict.MORE),
    "authentication skipped": (
        _no_login_asked, "errors.no-credentials.status", Verdict.DIFFERS),
    "date format": (_json(DETAIL, _zeros_cut), "session.detail.dates", Verdict.DIFFERS),
    "404 is 410": (_status(404, 410), "errors.unknown-session.status", Verdict.DIFFERS),
}  # fmt: skip


@pytest.mark.parametrize("drift", DRIFTS)
async def test_a_drift_of_the_real_one_is_found(drift: str) -> None:
    change, expected, verdict = DRIFTS[drift]
    assert found_in(await report_of(change))[expected] is verdict


async def _database_out_of_reach(side: Double) -> None:
    """Let the next look at the cloud information fail as it does without a database."""
    rule = {"match": {"path": "/api/company/cloudinfo"}, "effect": {"status": 503}, "times": 1}
    headers = {"Content-Type": "application/json"}
    body = json.dumps(rule).encode()
    answer = await side.send(Request("POST", "/__admin/faults", headers, body))
    assert answer.status == 200, answer.body


async def test_retry_after_is_compared_where_the_server_cannot_answer() -> None:
    report = await report_of(prepare=_database_out_of_reach)
    verdicts = {result.id: result.verdict for result in report.results}
    assert verdicts["unavailable.header.retry-after"] is Verdict.CONFIRMED
    assert verdicts["company.cloudinfo.status"] is Verdict.CANNOT_TELL
    assert found_in(report) == {}


async def test_a_dropped_retry_after_is_found() -> None:
    report = await report_of(_without("retry-after"), prepare=_database_out_of_reach)
    assert found_in(report) == {"unavailable.header.retry-after": Verdict.DIFFERS}


async def _report_of_a_changed_double(change: Change, monkeypatch: pytest.MonkeyPatch) -> Report:
    """A report in which it is the double that was changed, in its code and document at once."""
    from alfred_mock.conformance import double, run
    from tests.conformance.sides import Drifted

    def drifted(app: Any) -> Double:
        return double.Double(Drifted(app, change))

    monkeypatch.setattr(run, "Double", drifted)
    return await report_of()


@pytest.mark.parametrize(
    ("edit", "verdicts"),
    [
        # Renamed in code and document: whatever the document says is never asked.
        (_renamed, {Verdict.MORE, Verdict.DIFFERS}),
        (_longer, {Verdict.DIFFERS}),
        (_zeros_cut, {Verdict.DIFFERS}),
    ],
)
async def test_a_change_of_code_and_document_at_once_is_found(
    edit: Any, verdicts: set[Verdict], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = await _report_of_a_changed_double(_json(DETAIL, edit), monkeypatch)
    found = [result for result in report.results if result.id.startswith("session.detail.")]
    assert {result.verdict for result in found if result.verdict in BAD} <= verdicts
    assert any(result.verdict in BAD for result in found)


async def test_a_mended_answer_is_no_drift() -> None:
    assert found_in(await report_of()) == {}
    assert KEY != API_KEY
