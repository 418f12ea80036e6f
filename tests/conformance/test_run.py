"""A run against a server of our own, which is alike in everything."""

from typing import Any

import pytest
from starlette.types import Scope

from alfred_mock.conformance.caller import WAITS
from alfred_mock.conformance.checks import CHECKS, Level, checks_up_to
from alfred_mock.conformance.comparing import Verdict
from alfred_mock.conformance.double import COMPANY, Double, started
from alfred_mock.conformance.exchange import Answer, Request
from alfred_mock.conformance.report import Report
from alfred_mock.conformance.run import run
from alfred_mock.core.errors import Refusal
from tests.conformance.sides import KEY, no_sleep, real, report_of

pytestmark = pytest.mark.anyio


async def test_everything_is_confirmed() -> None:
    report = await report_of()
    assert set(report.counts) == {Verdict.CONFIRMED}
    assert report.counts[Verdict.CONFIRMED] > 500
    assert (report.stopped, report.has_differences) == ("", False)


async def test_a_level_leaves_out_the_later_ones() -> None:
    report = await report_of(level="create")
    skipped = {r.id: r.there for r in report.results if r.verdict is Verdict.SKIPPED}
    expected = {f"{c.id}.status" for c in CHECKS if c.level is Level.PROCESS}
    assert set(skipped) == expected
    assert set(skipped.values()) == {"level process"}


class Counted:
    """A side that remembers what it was asked."""

    def __init__(self, side: Double) -> None:
        self._side = side
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Answer:
        self.requests.append(request)
        return await self._side.send(request)


async def test_reading_leaves_nothing_behind() -> None:
    async with real() as side:
        counted = Counted(side)
        await run(counted, KEY, Report("x", "read", "2026-11-25"), sleep=no_sleep)
        # Two logins that cannot succeed are all that is posted.
        posted = [request for request in counted.requests if request.method == "POST"]
        assert [request.target for request in posted] == ["/token", "/token"]
        jobs = await side.send(Request("GET", "/api/job/all", {"X-TagshelfAPI-Key": KEY}))
        assert jobs.content["total"] == 1


@pytest.mark.parametrize("level", Level)
async def test_it_stays_within_its_limit(level: Level) -> None:
    async with real() as side:
        counted = Counted(side)
        await run(counted, KEY, Report("x", level, "2026-11-25"), sleep=no_sleep)
    # A job that takes its time is looked at again and again.
    assert len(counted.requests) + (len(WAITS) if level is Level.PROCESS else 0) <= 60


async def test_one_key_and_one_token_are_made_up_and_no_password_is_guessed() -> None:
    async with real() as side:
        counted = Counted(side)
        await run(counted, KEY, Report("x", "process", "2026-11-25"), sleep=no_sleep)
    keys = {r.headers.get("X-TagshelfAPI-Key") for r in counted.requests} - {KEY, None}
    tokens = {r.headers["Authorization"] for r in counted.requests if "Authorization" in r.headers}
    logins = [r.body for r in counted.requests if b"grant_type=password" in r.body]
    assert (len(keys), len(tokens), len(logins)) == (1, 1, 1)
    assert b"username=alfred-mock-" in logins[0]


async def test_of_a_company_without_jobs_some_things_cannot_be_told() -> None:
    company = {**COMPANY, "api_keys": [{"key": KEY}], "tags": []}
    report = Report("x", "read", "2026-11-25")
    async with started(company) as app:
        await run(Double(app), KEY, report, sleep=no_sleep)
    cannot = {r.id for r in report.results if r.verdict is Verdict.CANNOT_TELL}
    assert {"job.detail.status", "session.detail.status", "tags.all.types"} <= cannot
    assert not report.has_differences


async def test_a_key_that_is_refused_ends_it_at_once() -> None:
    report = Report("x", "process", "2026-11-25")
    async with real() as side:
        counted = Counted(side)
        await run(counted, "no-such-key", report, sleep=no_sleep)
    assert "refused" in report.stopped
    assert len(counted.requests) == 1


async def test_the_permit_is_asked_before_anything_is_left_behind() -> None:
    async def permit(name: str) -> None:
        raise Refusal(f"not {name}")

    report = Report("x", "process", "2026-11-25")
    async with real() as side:
        counted = Counted(side)
        with pytest.raises(Refusal, match="not Real Company"):
            await run(counted, KEY, report, permit=permit, sleep=no_sleep)
    assert len(counted.requests) == 1


def _limited(scope: Scope, status: int, headers: Any, body: bytes) -> tuple[int, Any, bytes]:
    return 429 if scope["path"] == "/api/tag/all" else status, headers, body


async def test_a_429_ends_it_and_the_rest_is_skipped() -> None:
    report = await report_of(_limited)
    assert "429" in report.stopped
    skipped = {r.id for r in report.results if r.verdict is Verdict.SKIPPED}
    assert "errors.unknown-session.status" in skipped
    assert "tags.all.status" not in skipped


async def test_a_job_is_waited_for() -> None:
    company = {**COMPANY, "api_keys": [{"key": KEY}], "progression": "manual"}
    slept: list[float] = []

    async with started(company) as app:
        side = Double(app)
        report = Report("x", "process", "2026-11-25")
        job = Request("GET", "/api/job/all", {"X-TagshelfAPI-Key": KEY})

        async def look(seconds: float) -> None:
            jobs = (await side.send(job)).content["result"]
            slept.append(seconds)
            detail = f"/api/job/detail/{jobs[0]['id']}"
            await side.send(Request("GET", detail, {"X-TagshelfAPI-Key": KEY}))

        await run(side, KEY, report, sleep=look)
    assert report.answers["job.finished"]["body"]["stage"] == "word: completed"
    assert slept == [4, 16, 60, 120]


async def test_a_job_is_not_waited_for_longer_than_ten_minutes() -> None:
    company = {**COMPANY, "api_keys": [{"key": KEY}], "progression": "manual"}
    report = Report("x", "process", "2026-11-25")
    async with started(company) as app:
        await run(Double(app), KEY, report, sleep=no_sleep)
    assert report.stopped == "the job is not at its end after ten minutes"
    assert sum(WAITS) == 600
    assert not report.has_differences


def test_the_levels_contain_each_other() -> None:
    read, create, process = (checks_up_to(level) for level in Level)
    assert read == create[: len(read)]
    assert create == process[: len(create)]
