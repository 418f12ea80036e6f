"""The pool by itself, with connections that need no server."""

import asyncio
from collections import Counter

import pytest

from alfred_mock.database.pool import Pool

pytestmark = pytest.mark.anyio


class _Connection:
    def __init__(self) -> None:
        self.ended: str | None = None

    def is_closed(self) -> bool:
        return self.ended is not None

    def terminate(self) -> None:
        self.ended = "terminated"

    async def close(self, *, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's own
        self.ended = "closed"


class _Server:
    """Opens connections, or fails to while it is down."""

    def __init__(self) -> None:
        self.opened: list[_Connection] = []
        self.is_down = False

    async def connect(self) -> _Connection:
        await asyncio.sleep(0)
        if self.is_down:
            raise ConnectionRefusedError
        self.opened.append(_Connection())
        return self.opened[-1]


@pytest.fixture
def server() -> _Server:
    return _Server()


@pytest.fixture
def pool(server: _Server) -> Pool:
    pool = Pool(server.connect, most=2)
    pool.open()
    return pool


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_connections_are_opened_when_they_are_needed(server: _Server, pool: Pool) -> None:
    assert server.opened == []
    for _ in range(3):
        pool.give_back(await pool.take())
    assert len(server.opened) == 1
    assert await pool.take() is not await pool.take()
    assert len(server.opened) == 2


async def test_no_more_are_used_at_once_than_there_may_be(server: _Server, pool: Pool) -> None:
    in_use = Counter[_Connection]()

    async def use() -> None:
        connection = await pool.take()
        in_use[connection] += 1
        assert in_use.total() <= 2
        assert in_use[connection] == 1
        await asyncio.sleep(0)
        in_use[connection] -= 1
        pool.give_back(connection)

    await asyncio.gather(*(use() for _ in range(20)))
    assert len(server.opened) == 2


@pytest.mark.parametrize("where", ["in use", "idle"])
async def test_a_connection_that_has_ended_is_replaced(
    server: _Server, pool: Pool, where: str
) -> None:
    first = await pool.take()
    if where == "in use":
        first.terminate()
    pool.give_back(first)
    first.terminate()
    assert [await pool.take(), await pool.take()] == server.opened[1:]


async def test_whoever_waits_is_next_when_one_is_given_back(pool: Pool) -> None:
    first, _ = await pool.take(), await pool.take()
    waiting = [asyncio.ensure_future(pool.take()) for _ in range(2)]
    await _settled()
    assert not any(task.done() for task in waiting)
    pool.give_back(first)
    await _settled()
    assert [task.done() for task in waiting] == [True, False]
    pool.give_back(waiting[0].result())
    assert await waiting[1] is first


async def test_whoever_waits_is_next_when_one_cannot_be_opened(server: _Server, pool: Pool) -> None:
    server.is_down = True
    taking = [asyncio.ensure_future(pool.take()) for _ in range(5)]
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*taking, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionRefusedError] * 5
    server.is_down = False
    assert len({await pool.take(), await pool.take()}) == 2


@pytest.mark.parametrize("when", ["while it waits", "as its turn comes"])
async def test_a_cancelled_waiter_leaves_its_turn_to_the_next(pool: Pool, when: str) -> None:
    first, _ = await pool.take(), await pool.take()
    cancelled, next_one = (asyncio.ensure_future(pool.take()) for _ in range(2))
    await _settled()
    if when == "while it waits":
        cancelled.cancel()
        await _settled()
        pool.give_back(first)
    else:
        pool.give_back(first)
        cancelled.cancel()
    async with asyncio.timeout(5):
        assert await next_one is first
    assert cancelled.cancelled()


async def test_a_cancelled_opening_costs_no_turn(pool: Pool) -> None:
    for _ in range(4):
        opening = asyncio.ensure_future(pool.take())
        await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait([opening])
    async with asyncio.timeout(5):
        assert len({await pool.take(), await pool.take()}) == 2


async def test_closing_ends_every_connection(pool: Pool) -> None:
    in_use, idle = await pool.take(), await pool.take()
    pool.give_back(idle)
    await pool.close()
    assert (idle.ended, in_use.ended) == ("closed", None)
    pool.give_back(in_use)
    assert in_use.ended == "terminated"


async def test_closing_refuses_those_who_wait(server: _Server, pool: Pool) -> None:
    first, _ = await pool.take(), await pool.take()
    waiting = [asyncio.ensure_future(pool.take()) for _ in range(3)]
    await _settled()
    await pool.close()
    pool.give_back(first)
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["the database is closed"] * 3
    assert len(server.opened) == 2


async def test_it_can_be_opened_again(server: _Server, pool: Pool) -> None:
    pool.give_back(await pool.take())
    await pool.close()
    pool.open()
    assert (await pool.take()).ended is None
    assert len(server.opened) == 2
