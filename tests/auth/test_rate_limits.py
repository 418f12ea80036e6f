"""Rate limits that are enforced: per credential, shared by replicas, told truly in the headers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from sqlalchemy import bindparam, select, update

from alfred_mock.auth.rate_limits import SharedRateLimits
from alfred_mock.auth.tables import RateWindow
from alfred_mock.core.clock import Clock, Instant
from alfred_mock.core.rate_limits import Budget
from alfred_mock.core.settings import Settings
from alfred_mock.database import Rows, Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.database.statements import Call
from alfred_mock.main import Application, create_app
from tests.support import API_KEY, COMPANY, LOGIN, UNKNOWN_ID, WITH_KEY, application, client_of
from tests.telemetry.readings import readings

pytestmark = pytest.mark.anyio

LIMIT = 5
MINUTE = 60_000
PING = "/api/tagshelf/ping"
_USED = Statement(select(columns_of(RateWindow).used))
_NEXT_MINUTE = Statement(
    update(RateWindow).values(minute=columns_of(RateWindow).minute + bindparam("by"))
)


class _Clock(Clock):
    """The real time is what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 1_800_000_000_000

    def real(self) -> Instant:
        return self.now_ms


class _Counting:
    """A database that counts what is written to it."""

    def __init__(self, app: Application) -> None:
        self._database = app.services.database
        self.writes = 0

    async def write(self, call: Call) -> Rows:
        self.writes += 1
        return await self._database.write(call)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        _env_file=None, database_url=database_url, rate_limit=LIMIT, rate_limit_enforced=True
    )


@pytest.fixture(autouse=True)
def no_minute_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "real", lambda self: 1_700_000_000_000)


def _limits(app: Application, clock: Clock, limit: int) -> SharedRateLimits:
    return SharedRateLimits(app.services.database, clock, limit=limit)


async def test_as_many_requests_pass_as_are_announced_and_then_none(
    client: httpx.AsyncClient,
) -> None:
    answers = [await client.get(PING, headers=WITH_KEY) for _ in range(LIMIT + 2)]
    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429] * 2
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert left == [4, 3, 2, 1, 0, 0, 0]
    refused = answers[-1]
    assert refused.json() == {
        "error": "Too Many Requests",
        "message": f"More than {LIMIT} requests a minute are not accepted.",
    }
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    journal = (await client.get("/__admin/requests?status=429")).json()
    assert "next minute begins" in str(journal)


async def test_each_credential_has_a_budget_of_its_own(client: httpx.AsyncClient) -> None:
    for _ in range(LIMIT + 1):
        await client.get(PING, headers=WITH_KEY)
    token = (await client.post("/token", data=LOGIN)).json()["access_token"]
    answer = await client.get(PING, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (200, "4")


async def test_who_is_not_recognised_is_not_counted(client: httpx.AsyncClient) -> None:
    for headers in ({}, {"X-TagshelfAPI-Key": "wrong"}):
        answers = [await client.get(PING, headers=headers) for _ in range(LIMIT + 1)]
        assert {answer.status_code for answer in answers} == {401}
        assert {answer.headers["X-RateLimit-Remaining"] for answer in answers} == {str(LIMIT)}


async def test_the_next_minute_has_a_new_budget(app: Application) -> None:
    clock = _Clock()
    limits = _limits(app, clock, limit=1)
    assert await limits.count(UNKNOWN_ID, COMPANY, "api_key") == Budget(0, is_exceeded=False)
    assert await limits.count(UNKNOWN_ID, COMPANY, "api_key") == Budget(0, is_exceeded=True)
    clock.now_ms += MINUTE
    assert await limits.count(UNKNOWN_ID, COMPANY, "api_key") == Budget(0, is_exceeded=False)


async def test_replicas_together_let_no_more_pass(app: Application) -> None:
    clock = _Clock()
    replicas = [_limits(app, clock, limit=300) for _ in range(3)]

    async def use(limits: SharedRateLimits) -> int:
        counted = [await limits.count(UNKNOWN_ID, COMPANY, "api_key") for _ in range(301)]
        return sum(not budget.is_exceeded for budget in counted)

    assert sum(await asyncio.gather(*(use(limits) for limits in replicas))) == 300


async def test_a_hundred_requests_cost_a_statement_or_two(app: Application) -> None:
    counting = _Counting(app)
    limits = SharedRateLimits(counting, _Clock(), limit=10_000)  # type: ignore[arg-type]
    for _ in range(100):
        await limits.count(UNKNOWN_ID, COMPANY, "api_key")
    assert counting.writes == 1
    for _ in range(10_000):
        await limits.count(UNKNOWN_ID, COMPANY, "api_key")
    spent = counting.writes
    assert spent < 800
    assert (await limits.count(UNKNOWN_ID, COMPANY, "api_key")).is_exceeded
    assert counting.writes == spent


async def test_requests_at_the_same_time_reserve_once(app: Application) -> None:
    counting = _Counting(app)
    limits = SharedRateLimits(counting, _Clock(), limit=10_000)  # type: ignore[arg-type]
    budgets = await asyncio.gather(
        *(limits.count(UNKNOWN_ID, COMPANY, "api_key") for _ in range(100))
    )
    assert counting.writes == 1
    assert sorted(budget.remaining for budget in budgets) == list(range(9_900, 10_000))


async def test_a_replica_whose_clock_is_ahead_counts_for_both(app: Application) -> None:
    clock = _Clock()
    await _limits(app, clock, limit=2).count(UNKNOWN_ID, COMPANY, "api_key")
    await app.services.database.write(_NEXT_MINUTE(by=1))
    behind = _limits(app, clock, limit=2)
    assert await behind.count(UNKNOWN_ID, COMPANY, "api_key") == Budget(0, is_exceeded=False)
    assert (await behind.count(UNKNOWN_ID, COMPANY, "api_key")).is_exceeded


async def test_what_is_allowed_and_refused_is_counted_by_scheme(sqlite_url: str) -> None:
    settings = Settings(
        _env_file=None,
        database_url=sqlite_url,
        metrics=True,
        rate_limit=LIMIT,
        rate_limit_enforced=True,
    )
    async with application(create_app(settings)) as app, client_of(app) as client:
        token = (await client.post("/token", data=LOGIN)).json()["access_token"]
        for headers in [WITH_KEY] * (LIMIT + 2) + [{"Authorization": f"Bearer {token}"}]:
            await client.get(PING, headers=headers)
        await client.get(PING, headers={"X-TagshelfAPI-Key": "wrong"})
        text = (await client.get("/metrics")).text
    counted = readings(text)["alfred_mock_rate_limited_requests_total"]
    assert {tuple(sorted(dict(labels).values())): count for labels, count in counted.items()} == {
        ("allowed", "api_key"): LIMIT,
        ("api_key", "refused"): 2,
        ("allowed", "oauth"): 1,
    }


async def test_a_company_that_has_gone_is_a_401(
    app: Application, client: httpx.AsyncClient
) -> None:
    limits = app.services.rate_limits
    assert limits is not None
    made = await client.post("/__admin/companies", json={})
    company = made.json()
    key = {"X-TagshelfAPI-Key": company["api_key"]}
    assert (await client.get(PING, headers=key)).status_code == 200
    await client.delete(f"/__admin/companies/{company['id']}")
    assert (await client.get(PING, headers=key)).status_code == 401
    assert await app.services.database.fetch(_USED()) == []


@pytest.fixture
async def replicas(database_url: str) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two servers on one database."""
    settings = Settings(
        _env_file=None,
        database_url=database_url,
        rate_limit=LIMIT,
        rate_limit_enforced=True,
        workers=2,
    )
    async with AsyncExitStack() as stack:
        apps = [await stack.enter_async_context(application(create_app(settings))) for _ in "ab"]
        yield [await stack.enter_async_context(client_of(each)) for each in apps]


async def test_two_servers_share_a_budget(replicas: list[httpx.AsyncClient]) -> None:
    answers = [
        await replica.get(PING, headers={"X-TagshelfAPI-Key": API_KEY})
        for _ in range(LIMIT)
        for replica in replicas
    ]
    assert [answer.status_code for answer in answers].count(200) == LIMIT
