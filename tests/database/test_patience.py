"""How long a request waits for the database in all."""

import asyncio
from collections.abc import Callable

import pytest

from alfred_mock.database import patience

pytestmark = pytest.mark.anyio

LIMIT = 60.0
_TURNS = 3
"""Of the loop: it looks at its timers, cancels the task, and the task learns of it."""

Elapse = Callable[[float], None]


@pytest.fixture
async def elapse(monkeypatch: pytest.MonkeyPatch) -> Elapse:
    """Lets so many seconds pass at once, as the event loop sees it."""
    loop = asyncio.get_running_loop()
    real, passed = loop.time, 0.0

    def elapse(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    monkeypatch.setattr(loop, "time", lambda: real() + passed)
    return elapse


async def _call(elapse: Elapse, share: float) -> None:
    """A call that takes this share of the limit."""
    async with patience.current().limit(LIMIT):
        elapse(share * LIMIT)
        for _ in range(_TURNS):
            await asyncio.sleep(0)


async def test_the_calls_of_a_request_share_its_time(elapse: Elapse) -> None:
    patience.begin()
    await _call(elapse, 0.6)
    with pytest.raises(TimeoutError):
        await _call(elapse, 0.6)


async def test_what_is_between_two_calls_does_not_count(elapse: Elapse) -> None:
    patience.begin()
    await _call(elapse, 0.4)
    elapse(2 * LIMIT)
    await _call(elapse, 0.4)


async def test_a_part_of_much_data_begins_anew(elapse: Elapse) -> None:
    patience.begin()
    async with patience.current().limit(LIMIT):
        for _ in range(4):
            elapse(0.6 * LIMIT)
            patience.renew()
            await asyncio.sleep(0)


async def test_what_follows_a_request_in_its_task_has_all_of_it(elapse: Elapse) -> None:
    patience.begin()
    await _call(elapse, 0.6)
    patience.end()
    await _call(elapse, 0.6)


async def test_a_start_has_more_time(elapse: Elapse) -> None:
    with patience.at_least(2 * LIMIT):
        await _call(elapse, 1.6)
    with pytest.raises(TimeoutError):
        await _call(elapse, 1.6)


async def test_outside_a_request_each_call_has_all_of_it(elapse: Elapse) -> None:
    async def background() -> None:
        for _ in range(4):
            await _call(elapse, 0.6)

    patience.begin()
    await asyncio.create_task(background())
