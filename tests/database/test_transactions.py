"""Transactions happen whole or not at all, and share commits without sharing failures."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import bindparam
from sqlmodel import insert, select

from alfred_mock.auth.tables import Company
from alfred_mock.core.database import database_for
from alfred_mock.core.ids import Ids
from alfred_mock.database import ConstraintViolated, Database, Rows, Statement, Transaction
from alfred_mock.database.rows import Insert

pytestmark = pytest.mark.anyio

_ADD = Statement(insert(Company))
_EITHER = pytest.mark.parametrize("add", [_ADD, Insert(Company)], ids=["statement", "rows"])
"""Rows of one table that are inserted at the same time may be inserted together."""
_ALL = Statement(select(Company.id, Company.name).order_by(Company.name))
_NAMED = Statement(select(Company.id).where(Company.name == bindparam("name")))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = database_for(database_url)
    await database.open()
    await database.upgrade()
    yield database
    await database.close()


async def _names(database: Database) -> list[str]:
    return [name for _, name in await database.fetch(_ALL())]


async def test_what_was_written_can_be_read(database: Database) -> None:
    company_id = Ids().uuid()
    await database.write(_ADD(id=company_id, name="one"))
    assert await database.fetch(_ALL()) == [(company_id, "one")]


async def test_a_transaction_sees_its_own_writes_and_returns_its_result(
    database: Database,
) -> None:
    def add_and_look() -> Transaction[int]:
        yield _ADD(id=Ids().uuid(), name="one")
        return len((yield _NAMED(name="one")))

    assert await database.transact(add_and_look()) == 1


async def test_an_exception_undoes_the_whole_transaction(database: Database) -> None:
    def add_then_fail() -> Transaction[None]:
        yield _ADD(id=Ids().uuid(), name="one")
        raise LookupError("changed my mind")

    with pytest.raises(LookupError, match="changed my mind"):
        await database.transact(add_then_fail())
    assert await _names(database) == []


async def test_one_call_can_write_many_rows_in_their_order_or_none(database: Database) -> None:
    rows = [{"id": Ids().uuid(), "name": name} for name in "abc"]

    def add(rows: list[dict[str, Any]]) -> Transaction[Rows]:
        return (yield _ADD.many(rows))

    assert await database.transact(add(rows)) == []
    assert await _names(database) == ["a", "b", "c"]
    assert await database.transact(add([])) == []
    with pytest.raises(ConstraintViolated):
        await database.transact(add([{"id": Ids().uuid(), "name": "d"}, rows[0]]))
    assert await _names(database) == ["a", "b", "c"]


@_EITHER
async def test_a_failing_transaction_does_not_harm_those_that_commit_with_it(
    database: Database, add: Statement
) -> None:
    same = Ids().uuid()
    writes = [
        database.write(add(id=Ids().uuid(), name="one")),
        database.write(add(id=same, name="two")),
        database.write(add(id=same, name="again")),
        database.write(add(id=Ids().uuid(), name="three")),
    ]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(ConstraintViolated) == 1
    assert len(await _names(database)) == 3


@_EITHER
async def test_many_concurrent_writes_all_arrive(database: Database, add: Statement) -> None:
    names = [f"company {number:03}" for number in range(600)]  # more than a statement can take
    await asyncio.gather(*(database.write(add(id=Ids().uuid(), name=name)) for name in names))
    assert await _names(database) == names


async def test_rows_and_other_work_commit_together(database: Database) -> None:
    add = Insert(Company)

    def one_more() -> Transaction[int]:
        yield _ADD(id=Ids().uuid(), name="c")
        return 3

    outcomes: Any = await asyncio.gather(
        database.write(add(id=Ids().uuid(), name="a")),
        database.write(add(id=Ids().uuid(), name="b")),
        database.transact(one_more()),
    )
    assert outcomes == [[], [], 3]
    assert await _names(database) == ["a", "b", "c"]


@_EITHER
async def test_closing_finishes_what_was_begun(sqlite_url: str, add: Statement) -> None:
    database = database_for(sqlite_url)
    await database.open()
    await database.upgrade()
    writing = [
        asyncio.ensure_future(database.write(add(id=Ids().uuid(), name=str(number))))
        for number in range(20)
    ]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*writing)
    await database.open()
    assert len(await _names(database)) == 20
    await database.close()


async def test_a_cancelled_request_leaves_the_others_alone(database: Database) -> None:
    first = asyncio.ensure_future(database.write(_ADD(id=Ids().uuid(), name="cancelled")))
    second = asyncio.ensure_future(database.write(_ADD(id=Ids().uuid(), name="kept")))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert "kept" in await _names(database)


async def test_memory_is_a_database_too() -> None:
    database = database_for("sqlite:///:memory:")
    await database.open()
    await database.upgrade()
    await database.write(_ADD(id=Ids().uuid(), name="one"))
    assert await _names(database) == ["one"]
    await database.close()


async def test_reads_together_are_as_of_one_moment_and_hold_up_no_writer(
    database: Database,
) -> None:
    """While all of them are read, others write: that shows in none of them, or in all."""
    for number in range(50):
        await database.write(_ADD(id=Ids().uuid(), name=f"{number:03}"))
    reading = asyncio.create_task(database.fetch_together([_ALL()] * 20))
    written = 0
    while not reading.done():
        await database.write(_ADD(id=Ids().uuid(), name=f"later {written}"))
        written += 1
    found = await reading
    assert len(found) == 20
    assert {len(rows) for rows in found} == {len(found[0])}
    assert len(await database.fetch(_ALL())) == 50 + written


async def test_reads_together_of_a_database_in_memory() -> None:
    database = database_for("sqlite:///:memory:")
    await database.open()
    await database.upgrade()
    await database.write(_ADD(id=Ids().uuid(), name="one"))
    assert [len(rows) for rows in await database.fetch_together([_ALL(), _ALL()])] == [1, 1]
    await database.close()
