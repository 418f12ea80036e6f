"""Answers of several connections leave together; a client that is alone does not wait for that."""

import asyncio
import gc
from collections.abc import Callable
from typing import Any
from weakref import ref

import pytest

from alfred_mock.connections import turns, write_coalescing
from alfred_mock.connections.turns import MOST_WAITING
from alfred_mock.connections.write_coalescing import CoalescingTransport

Connect = Callable[[str], CoalescingTransport]


class _Transport(asyncio.Transport):
    """Says what is written to it, and by which name it goes."""

    def __init__(self, name: str, written: list[str]) -> None:
        super().__init__()
        self._name = name
        self._written = written
        self._is_closing = False

    def write(self, data: Any) -> None:
        self._written.append(f"{self._name}: {bytes(data).decode()}")

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    def abort(self) -> None:
        self._is_closing = True


@pytest.fixture
def written() -> list[str]:
    return []


@pytest.fixture
async def connect(written: list[str]) -> Connect:
    made = []  # kept, as a server keeps them: they are told apart by their ids

    def connect(name: str) -> CoalescingTransport:
        made.append(CoalescingTransport(_Transport(name, written), {1, 2}))
        return made[-1]

    return connect


@pytest.mark.anyio
async def test_answers_of_several_connections_leave_when_the_turn_is_over(
    connect: Connect, written: list[str]
) -> None:
    first, second, third = connect("first"), connect("second"), connect("third")
    first.write_whole(b"a")
    assert written == ["first: a"]  # nobody else was answered lately
    second.write_whole(b"b")
    third.write_whole(b"c")
    second.write_whole(b"d")
    assert written == ["first: a"]
    await asyncio.sleep(0)
    assert written == ["first: a", "second: bd", "third: c"]


@pytest.mark.anyio
async def test_a_client_that_is_alone_is_answered_at_once(
    connect: Connect, written: list[str]
) -> None:
    only = connect("only")
    for _ in range(3):
        only.write_whole(b"a")
    assert written == ["only: a"] * 3


@pytest.mark.anyio
async def test_clients_that_come_one_after_the_other_are_answered_at_once(
    connect: Connect, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "ALONE_SECONDS", -1)  # any time is long ago
    for name in ("first", "second"):
        connect(name).write_whole(b"a")
    assert written == ["first: a", "second: a"]


@pytest.mark.anyio
async def test_the_first_does_not_wait_for_very_many(connect: Connect, written: list[str]) -> None:
    connect("before").write_whole(b"a")
    for number in range(MOST_WAITING + 1):
        connect(str(number)).write_whole(b"a")
    assert len(written) == 1 + MOST_WAITING
    await asyncio.sleep(0)
    assert len(written) == 2 + MOST_WAITING


@pytest.mark.anyio
async def test_a_whole_answer_leaves_behind_what_is_held_back(
    connect: Connect, written: list[str]
) -> None:
    one = connect("one")
    one.write(b"head")
    one.write_whole(b" and more")
    await asyncio.sleep(0)
    assert written == ["one: head and more"]


@pytest.mark.anyio
async def test_a_large_answer_is_not_held_back(
    connect: Connect, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_coalescing, "FLUSH_BYTES", 3)
    connect("before").write_whole(b"a")
    connect("large").write_whole(b"abcd")
    assert written == ["before: a", "large: abcd"]


@pytest.mark.anyio
async def test_what_is_held_back_is_sent_before_the_end(
    connect: Connect, written: list[str]
) -> None:
    connect("before").write_whole(b"a")
    ended, reset = connect("ended"), connect("reset")
    for each in (ended, reset):
        each.write_whole(b"a")
    ended.close()
    reset.abort()
    await asyncio.sleep(0)
    assert written == ["before: a", "ended: a"]


def test_a_loop_is_not_kept_for_its_turns() -> None:
    async def answer() -> ref[asyncio.AbstractEventLoop]:
        loop = asyncio.get_running_loop()
        for name in ("one", "other"):
            CoalescingTransport(_Transport(name, []), {1, 2}).write_whole(b"a")
        await asyncio.sleep(0)
        return ref(loop)

    kept = asyncio.run(answer())
    gc.collect()
    assert kept() is None
