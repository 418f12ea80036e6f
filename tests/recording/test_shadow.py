"""The double beside a recording finds where Alfred is another."""

import json
from typing import Any

import pytest

from alfred_mock.alfred.deferred_sessions.router import router as sessions
from alfred_mock.alfred.files.router import router as files
from alfred_mock.conformance.comparing import Verdict
from alfred_mock.conformance.double import Double, started
from alfred_mock.conformance.exchange import Answer, Request
from alfred_mock.conformance.report import BAD
from alfred_mock.recording.proxy import Recorder
from alfred_mock.recording.shadow import Routes
from tests.conformance.sides import COMPANY, KEY, Drifted
from tests.conformance.test_drifts import DRIFTS
from tests.recording.conftest import Recording
from tests.recording.flow import life

pytestmark = pytest.mark.anyio

EXPECTED = {
    "member renamed in code": "GET /api/deferred/detail/{id}.members",
    "status 200 is 201": "POST /api/deferred/create.status",
    "rate-limit headers dropped": "GET /api/tag/all.header.x-ratelimit-limit",
    "X-Request-ID dropped": "GET /api/tag/all.header.x-request-id",
    "extra member": "GET /api/deferred/detail/{id}.members",
    "date format": "GET /api/deferred/detail/{id}.dates",
}


class _Drifting:
    """A real Alfred that is a drifted server of our own, asked without a socket."""

    def __init__(self, side: Double) -> None:
        self._side = side

    async def send(self, request: Request) -> Answer:
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        headers.pop("content-length", None)
        return await self._side.send(Request(request.method, request.target, headers, request.body))


@pytest.mark.parametrize("drift", EXPECTED)
async def test_a_drift_is_found_in_the_clients_own_traffic(
    drift: str, recording: Recording
) -> None:
    change, _, verdict = DRIFTS[drift]
    recorder: Recorder = recording.recorder
    async with started(COMPANY) as app:
        side: Any = _Drifting(Double(Drifted(app, change)))
        recorder._upstream = side
        recording.client.headers["X-TagshelfAPI-Key"] = KEY
        await life(recording.client)
    found = {(r.id, r.verdict) for r in recorder.results if r.verdict in BAD}
    assert (EXPECTED[drift], verdict) in found


async def test_what_was_there_before_cannot_be_told(recording: Recording) -> None:
    session = json.loads(
        (
            await recording.recorder._upstream.send(
                Request("POST", "/api/deferred/create", recording.company.headers)
            )
        ).body
    )
    await recording.client.get(f"/api/deferred/detail/{session['session_id']}")
    assert {r.verdict for r in recording.recorder.results} == {Verdict.CANNOT_TELL}


async def test_a_wrong_key_is_refused_by_both(recording: Recording) -> None:
    await recording.client.get("/api/tag/all", headers={"X-TagshelfAPI-Key": "wrong-key"})
    verdicts = {r.id: r.verdict for r in recording.recorder.results}
    assert verdicts["GET /api/tag/all.status"] is Verdict.CONFIRMED
    assert verdicts["GET /api/tag/all.words"] is Verdict.CONFIRMED


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/api/deferred/create", "POST /api/deferred/create"),
        ("GET", "/api/deferred/detail/42", "GET /api/deferred/detail/{id}"),
        ("GET", "/api/file/download/a", "GET /api/file/download/{id}"),
        ("GET", "/api/deferred/create", ""),
        ("GET", "/api/deferred/detail/42/", ""),
        ("GET", "/api/file/events/42", ""),
    ],
)
def test_a_route_is_known_or_not(method: str, path: str, route: str) -> None:
    assert Routes([sessions, files]).of(method, path) == route
