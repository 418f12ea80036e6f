"""How long a request waits for the database in all."""

import asyncio

import pytest

from alfred_mock.database import patience

pytestmark = pytest.mark.anyio


async def _call(seconds: float, limit: float) -> None:
    async with patience.current().limit(limit):
        await asyncio.sleep(seconds)


async def _in_a_request(*calls: float, limit: float) -> None:
    patience.begin()
    for seconds in calls:
        await _call(seconds, limit)


async def test_the_calls_of_a_request_share_its_time() -> None:
    await _in_a_request(0.05, limit=0.08)
    with pytest.raises(TimeoutError):
        await _in_a_request(0.05, 0.05, limit=0.08)


async def test_what_is_between_two_calls_does_not_count() -> None:
    patience.begin()
    await _call(0.0, 0.05)
    await asyncio.sleep(0.06)
    await _call(0.0, 0.05)


async def test_a_part_of_much_data_begins_anew() -> None:
    patience.begin()
    async with patience.current().limit(0.08):
        for _ in range(4):
            await asyncio.sleep(0.04)
            patience.renew()


async def test_outside_a_request_each_call_has_all_of_it() -> None:
    async def background() -> None:
        for _ in range(4):
            await _call(0.03, 0.05)

    patience.begin()
    await asyncio.create_task(background())
