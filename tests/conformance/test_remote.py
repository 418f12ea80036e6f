"""Somebody's production is asked with care."""

from collections.abc import Iterator

import pytest

from alfred_mock.conformance.exchange import Answer, Request, Stopped
from alfred_mock.conformance.patience import Patience
from alfred_mock.conformance.remote import USER_AGENT, Limits, Remote, is_loopback
from alfred_mock.core.errors import Refusal
from alfred_mock.testing import AlfredMock, Company

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"


@pytest.fixture(scope="module")
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


@pytest.fixture
def company(server: AlfredMock) -> Iterator[Company]:
    made = server.company()
    yield made
    made.delete()


class Clock:
    """Time that goes on while somebody sleeps, and never by itself."""

    def __init__(self) -> None:
        self.at = 1_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.at += seconds


def _remote(server: AlfredMock, clock: Clock, **limits: float) -> Remote:
    return Remote(
        server.url,
        limits=Limits(**limits),  # type: ignore[arg-type]
        now=clock.now,
        sleep=clock.sleep,
    )


def _ping(company: Company, fault: str = "") -> Request:
    headers = dict(company.headers)
    if fault:
        headers["X-Alfred-Mock-Fault"] = fault
    return Request("GET", PING, headers)


async def test_two_requests_a_second_and_no_more(server: AlfredMock, company: Company) -> None:
    clock = Clock()
    remote = _remote(server, clock)
    for _ in range(3):
        assert (await remote.send(_ping(company))).status == 200
    remote.close()
    assert clock.slept == [0.5, 0.5]


async def test_so_many_requests_and_no_more(server: AlfredMock, company: Company) -> None:
    remote = _remote(server, Clock(), requests=2)
    for _ in range(2):
        await remote.send(_ping(company))
    with pytest.raises(Stopped, match="2 requests were sent, and no more are allowed"):
        await remote.send(_ping(company))
    remote.close()
    assert remote.sent == 2
    assert len(company.requests(path=PING)) == 2


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ('{"Retry-After": "7"}', 7.0),
        ('{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000030"}', 30.0),
        ('{"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "1000030"}', 0.5),
    ],
)
async def test_what_the_headers_say_is_obeyed(
    server: AlfredMock, company: Company, headers: str, slept: float
) -> None:
    clock = Clock()
    remote = _remote(server, clock)
    await remote.send(_ping(company, f'{{"status": 200, "headers": {headers}}}'))
    await remote.send(_ping(company))
    remote.close()
    assert clock.slept == [slept]


async def test_a_limit_that_lasts_long_is_not_waited_for(
    server: AlfredMock, company: Company
) -> None:
    remote = _remote(server, Clock())
    await remote.send(_ping(company, '{"status": 200, "headers": {"Retry-After": "3600"}}'))
    with pytest.raises(Stopped, match="allows the next request in 3600 s only"):
        await remote.send(_ping(company))
    remote.close()


async def test_it_says_who_it_is(server: AlfredMock, company: Company) -> None:
    remote = _remote(server, Clock())
    await remote.send(_ping(company))
    remote.close()
    (request,) = company.requests(path=PING)
    assert request.headers["user-agent"] == USER_AGENT


async def test_no_redirect_is_followed(server: AlfredMock, company: Company) -> None:
    remote = _remote(server, Clock())
    there = f'{{"status": 302, "headers": {{"Location": "{server.url}/api/tagshelf/status"}}}}'
    answer = await remote.send(_ping(company, there))
    remote.close()
    assert answer.status == 302
    assert len(server.requests(path="/api/tagshelf/status")) == 0


async def test_a_proxy_of_the_environment_is_not_used(
    server: AlfredMock, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    remote = _remote(server, Clock())
    assert (await remote.send(_ping(company))).status == 200
    remote.close()


async def test_who_cannot_be_reached_is_named() -> None:
    with pytest.raises(Stopped, match=r"127\.0\.0\.1:9 cannot be reached"):
        await Remote("http://127.0.0.1:9").send(Request("GET", PING))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://app.tagshelf.com", "must be https, but to this machine"),
        ("ftp://127.0.0.1", "must be like https"),
        ("https://", "must be like https"),
        ("app.tagshelf.com", "must be like https"),
        ("https://user:word@app.tagshelf.com", "no user"),
        ("https://app.tagshelf.com?a=b", "no query"),
        ("https://app.tagshelf.com:port", "--url"),
        ("https://[::1", "--url"),
    ],
)
def test_a_key_is_not_sent_just_anywhere(url: str, problem: str) -> None:
    with pytest.raises(Refusal, match=problem):
        Remote(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9"])
def test_this_machine_needs_no_encryption(host: str) -> None:
    assert Remote(f"http://{host}:8000").host == f"{host}:8000"
    assert is_loopback(f"http://{host}:8000")


def _answer(status: int, content_type: str = "application/json") -> Answer:
    return Answer(status, (("content-type", content_type),), b"{}")


def test_a_429_ends_it() -> None:
    with pytest.raises(Stopped, match="429"):
        Patience().judge(_answer(429))


def test_the_third_failure_ends_it() -> None:
    patience = Patience()
    patience.judge(_answer(500))
    patience.judge(_answer(200))
    patience.judge(_answer(502))
    with pytest.raises(Stopped, match="failed 3 times, the last with 503"):
        patience.judge(_answer(503))


def test_a_login_page_ends_it() -> None:
    with pytest.raises(Stopped, match="web page"):
        Patience().judge(_answer(200, "text/html; charset=utf-8"))
    with pytest.raises(Stopped, match="redirects"):
        Patience().judge(_answer(302))


def test_a_page_that_says_that_there_is_nothing_does_not() -> None:
    Patience().judge(_answer(404, "text/html"))
    Patience().judge(_answer(304))
