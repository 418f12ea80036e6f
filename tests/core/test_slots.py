"""Slots are given out in order, and nobody waits without end."""

import asyncio

import pytest

from alfred_mock.core.slots import Overloaded, Slots
from alfred_mock.telemetry.prometheus import PrometheusMeter
from tests.telemetry.readings import value

pytestmark = pytest.mark.anyio


def _slots(most: int = 1, waiting: int = 1, seconds: float = 30) -> Slots:
    return Slots("requests", most=most, most_waiting=waiting, seconds=seconds)


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_has_waited_longest_is_next() -> None:
    slots = _slots(waiting=3)
    await slots.take()
    order: list[int] = []

    async def work(number: int) -> None:
        await slots.take()
        order.append(number)
        slots.give_back()

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(work(number))
        await _settled()
        assert (slots.taken, slots.waiting, order) == (1, 3, [])
        slots.give_back()
    assert order == [0, 1, 2]
    assert (slots.taken, slots.waiting) == (0, 0)


async def test_beyond_the_queue_a_request_is_refused_at_once() -> None:
    slots = _slots(waiting=0)
    await slots.take()
    with pytest.raises(Overloaded, match="busy"):
        await slots.take()


async def test_nobody_waits_for_longer_than_the_limit() -> None:
    slots = _slots(seconds=0.01)
    await slots.take()
    with pytest.raises(Overloaded) as refused:
        await slots.take()
    assert "0.01 s" in refused.value.reason
    assert (slots.taken, slots.waiting) == (1, 0)


async def test_whoever_was_let_in_before_goes_first() -> None:
    slots = _slots(waiting=2)
    await slots.take()
    order: list[str] = []

    async def work(name: str, *, again: bool) -> None:
        await (slots.take_again() if again else slots.take())
        order.append(name)
        slots.give_back()

    async with asyncio.TaskGroup() as group:
        group.create_task(work("new", again=False))
        await _settled()
        group.create_task(work("known", again=True))
        await _settled()
        slots.give_back()
    assert order == ["known", "new"]


@pytest.mark.parametrize("has_its_turn", [False, True])
async def test_a_request_that_is_given_up_leaves_no_slot_taken(has_its_turn: bool) -> None:
    slots = _slots()
    await slots.take()
    waiter = asyncio.create_task(slots.take())
    await _settled()
    if has_its_turn:
        slots.give_back()
    waiter.cancel()
    await asyncio.wait([waiter])
    if not has_its_turn:
        slots.give_back()
    assert (slots.taken, slots.waiting) == (0, 0)


async def test_what_is_taken_waits_and_is_refused_is_measured() -> None:
    meter = PrometheusMeter()
    slots = Slots("log-ins", most=1, most_waiting=1, seconds=0.01, meter=meter)

    async def shown() -> list[float]:
        text = (await meter.text(""))[0].decode()
        gauges = [f"load_shed_slots_{name}" for name in ("taken", "limit", "waiting")]
        refusals = "load_shed_refusals_total"
        return [
            *(value(text, name, slots="log-ins") for name in gauges),
            *(value(text, refusals, slots="log-ins", bound=bound) for bound in ("queue", "time")),
        ]

    assert await shown() == [0, 1, 0, 0, 0]
    await slots.take()
    waiter = asyncio.create_task(slots.take_again())
    await _settled()
    assert await shown() == [1, 1, 1, 0, 0]
    with pytest.raises(Overloaded):
        await slots.take()
    assert await shown() == [1, 1, 1, 1, 0]
    slots.give_back()
    await waiter
    with pytest.raises(Overloaded):
        await slots.take()
    assert await shown() == [1, 1, 0, 1, 1]
