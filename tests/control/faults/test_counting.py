"""How often a rule applies: exactly as often as it says, whoever asks and wherever."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from alfred_mock.control.faults.rules import FaultRule
from alfred_mock.control.faults.schedule import delay_seconds, effect_for
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.control.faults.serving import FAULTS, PING, make
from tests.support import WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

_CLIENTS, _EACH = 32, 4
_FAULT = {"status": 503}


async def _statuses(client: httpx.AsyncClient, number: int) -> list[int]:
    return [(await client.get(PING, headers=WITH_KEY)).status_code for _ in range(number)]


async def _at_once(*apps: Application) -> Counter[int]:
    """The statuses that many clients at once are answered with, by each application in turn."""
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(client_of(apps[number % len(apps)]))
            for number in range(_CLIENTS)
        ]
        answers = await asyncio.gather(*(_statuses(client, _EACH) for client in clients))
    return Counter(status for statuses in answers for status in statuses)


_EXACT = [
    ({"effect": _FAULT, "times": 1}, 1),
    ({"effect": _FAULT, "times": 50}, 50),
    ({"effect": _FAULT, "every": 3}, _CLIENTS * _EACH // 3),
    ({"effect": _FAULT, "every": 3, "times": 7}, 7),
    ({"sequence": [_FAULT, None] * 10}, 10),
]


@pytest.mark.parametrize(("rule", "fired"), _EXACT)
async def test_many_clients_at_once(
    app: Application, client: httpx.AsyncClient, rule: dict[str, Any], fired: int
) -> None:
    await make(client, **rule)
    assert await _at_once(app) == {503: fired, 200: _CLIENTS * _EACH - fired}
    assert (await client.get(FAULTS)).json()["faults"][0]["fired"] == fired


@pytest.mark.parametrize(("rule", "fired"), _EXACT)
async def test_many_clients_of_two_replicas(
    database_url: str, rule: dict[str, Any], fired: int
) -> None:
    settings = Settings(_env_file=None, database_url=database_url, workers=2)
    async with (
        application(create_app(settings)) as one,
        application(create_app(settings)) as other,
        client_of(one) as client,
    ):
        await make(client, **rule)
        await other.services.database.refresh()
        assert await _at_once(one, other) == {503: fired, 200: _CLIENTS * _EACH - fired}


async def test_a_restart_does_not_forget_what_was_counted(database_url: str) -> None:
    settings = Settings(_env_file=None, database_url=database_url)
    async with application(create_app(settings)) as app, client_of(app) as client:
        await make(client, _FAULT, times=3)
        assert await _statuses(client, 2) == [503, 503]
    async with application(create_app(settings)) as app, client_of(app) as client:
        assert await _statuses(client, 2) == [503, 200]


async def test_every(client: httpx.AsyncClient) -> None:
    await make(client, _FAULT, every=3)
    assert await _statuses(client, 7) == [200, 200, 503, 200, 200, 503, 200]


async def test_a_sequence(client: httpx.AsyncClient) -> None:
    made = await make(client, sequence=[{"status": 500}, None, {"status": 502}])
    assert made["remaining"] == 3
    assert await _statuses(client, 5) == [500, 200, 502, 200, 200]
    shown = (await client.get(FAULTS)).json()["faults"][0]
    assert (shown["remaining"], shown["seen"], shown["fired"]) == (0, 3, 2)


async def test_a_percentage_is_the_same_each_time(client: httpx.AsyncClient) -> None:
    rule = {"effect": _FAULT, "percentage": 30, "seed": "a"}
    runs = []
    for seed in ("a", "a", "b"):
        await make(client, **{**rule, "seed": seed})
        runs.append(await _statuses(client, 40))
        await client.delete(FAULTS)
    assert runs[0] == runs[1] != runs[2]
    assert 0 < runs[0].count(503) < 40


@pytest.mark.parametrize(("percentage", "least", "most"), [(0, 0, 0), (100, 1000, 1000)])
def test_the_ends_of_a_percentage(percentage: float, least: int, most: int) -> None:
    assert least <= _fired(percentage) <= most


def test_a_percentage_is_near_what_it_says() -> None:
    assert 250 < _fired(30) < 350


def _fired(percentage: float) -> int:
    rule = FaultRule.model_validate({"effect": _FAULT, "percentage": percentage})
    return sum(effect_for(rule, number) is not None for number in range(1, 1001))


def _delays(delay: Any, seed: str = "") -> list[float]:
    rule = FaultRule.model_validate({"effect": {"delay_ms": delay}})
    assert rule.effect is not None
    return [delay_seconds(rule.effect, seed=seed, number=number) for number in range(1, 1001)]


def test_a_fixed_delay() -> None:
    assert set(_delays(20)) == {0.02}


def test_a_uniform_delay() -> None:
    delays = _delays({"min": 10, "max": 20})
    assert delays == _delays({"min": 10, "max": 20})
    assert delays != _delays({"min": 10, "max": 20}, "another seed")
    assert 0.010 <= min(delays) < 0.011
    assert 0.019 < max(delays) <= 0.020


def test_a_lognormal_delay() -> None:
    delays = sorted(_delays({"median": 100, "sigma": 0.5}))
    assert 0.09 < delays[500] < 0.11
    # As many standard deviations above the median as there are below.
    assert 0.8 < (delays[841] / delays[500]) * (delays[158] / delays[500]) < 1.25
    assert 1.4 < delays[841] / delays[500] < 1.95
    assert max(_delays({"median": 100_000, "sigma": 10})) == 600
