"""What is announced through one process has been heard by all when the announcement returns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from alfred_mock.core.database import database_for
from alfred_mock.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def replicas(database_url: str) -> AsyncIterator[list[Database]]:
    """Three processes' views of one database."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(3):
            database = database_for(database_url, workers=3)
            await database.open()
            stack.push_async_callback(database.close)
            opened.append(database)
        await opened[0].upgrade()
        yield opened


async def test_every_replica_has_heard_when_it_is_announced(replicas: list[Database]) -> None:
    heard: list[int] = []

    def hears(number: int, replica: Database) -> None:
        async def handler() -> None:
            heard.append(number)

        replica.on_announcement(handler)

    for number, replica in enumerate(replicas):
        hears(number, replica)
    for replica in replicas:
        heard.clear()
        await replica.announce()
        for each in replicas:
            await each.refresh()
        assert sorted(heard) == [0, 1, 2]


async def test_several_handlers_are_called_one_after_the_other(replicas: list[Database]) -> None:
    heard: list[str] = []

    def appends(name: str) -> Callable[[], Awaitable[None]]:
        async def handler() -> None:
            heard.append(f"{name} begins")
            await asyncio.sleep(0)
            heard.append(f"{name} ends")

        return handler

    first, second, _ = replicas
    second.on_announcement(appends("one"))
    second.on_announcement(appends("two"))
    await first.announce()
    await second.refresh()
    assert heard == ["one begins", "one ends", "two begins", "two ends"]


async def test_nothing_is_heard_when_nothing_was_announced(replicas: list[Database]) -> None:
    first, second, _ = replicas
    await first.announce()
    await second.refresh()
    heard = False

    async def handler() -> None:
        nonlocal heard
        heard = True

    second.on_announcement(handler)
    await second.refresh()
    assert not heard
