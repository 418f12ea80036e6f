"""What a transaction hands to its process is handed over once it is committed, and only then."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlmodel import insert

from alfred_mock.auth.tables import Company
from alfred_mock.core.database import database_for
from alfred_mock.core.ids import Ids
from alfred_mock.database import ConstraintViolated, Database, Statement, Transaction
from alfred_mock.database.statements import Tally

pytestmark = pytest.mark.anyio

_ADD = Statement(insert(Company))
_TALLY = Tally()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = database_for(database_url)
    await database.open()
    await database.upgrade()
    yield database
    await database.close()


@pytest.fixture
def heard(database: Database) -> list[Any]:
    """What the handlers have been called with."""
    heard: list[Any] = []
    database.on_tally(heard.append)
    return heard


def _add(company_id: str, *whats: object) -> Transaction[str]:
    for what in whats:
        assert (yield _TALLY(what=what)) == []
    yield _ADD(id=company_id, name="any")
    return company_id


async def test_it_is_handed_over_as_it_is_and_each_time(
    database: Database, heard: list[Any]
) -> None:
    what = object()
    company_id = Ids().uuid()
    assert await database.transact(_add(company_id, what, 1, 1)) == company_id
    assert heard == [what, 1, 1]


async def test_nothing_is_handed_over_of_what_was_undone(
    database: Database, heard: list[Any]
) -> None:
    company_id = Ids().uuid()
    await database.transact(_add(company_id, "done"))
    with pytest.raises(ConstraintViolated):
        await database.transact(_add(company_id, "undone"))

    def think_again() -> Transaction[None]:
        yield _TALLY(what="undone")
        raise LookupError("changed my mind")

    with pytest.raises(LookupError):
        await database.transact(think_again())
    assert heard == ["done"]
