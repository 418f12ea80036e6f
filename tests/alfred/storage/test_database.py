"""Content in the database: it shares the fate of the rows beside it."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import bindparam
from sqlmodel import delete, select

from alfred_mock.alfred.storage.database import PIECE_BYTES, DatabaseStorage
from alfred_mock.alfred.tables import FileContent
from alfred_mock.auth.tables import Company
from alfred_mock.core.database import database_for, migrate
from alfred_mock.core.ids import Ids
from alfred_mock.core.storage import ContentGone
from alfred_mock.database import ConstraintViolated, Database, Statement, Transaction
from tests.alfred.files.contents import joined, new_company, put

pytestmark = pytest.mark.anyio

_SIZES = Statement(select(FileContent.position, FileContent.data).order_by("position"))
_DROP_COMPANY = Statement(delete(Company).where(Company.id == bindparam("id")))  # type: ignore[arg-type]
_DROP_PIECE = Statement(
    delete(FileContent).where(FileContent.position == bindparam("position"))  # type: ignore[arg-type]
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await migrate(database_url)
    database = database_for(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def storage(database: Database) -> DatabaseStorage:
    return DatabaseStorage(database)


@pytest.fixture
async def company(database: Database) -> str:
    return await new_company(database)


async def _pieces(database: Database) -> list[tuple[int, int]]:
    return [(position, len(data)) for position, data in await database.fetch(_SIZES())]


async def test_pieces_have_one_size_but_for_the_last(
    database: Database, storage: DatabaseStorage, company: str
) -> None:
    await put(database, storage, company, bytes(2 * PIECE_BYTES + 1))
    assert await _pieces(database) == [(0, PIECE_BYTES), (1, PIECE_BYTES), (2, 1)]


async def test_nothing_is_no_piece(
    database: Database, storage: DatabaseStorage, company: str
) -> None:
    file = await put(database, storage, company, b"")
    assert await _pieces(database) == []
    assert await joined(storage.read(company, file, 0, 0)) == b""


async def test_nothing_is_left_of_a_transaction_that_failed(
    database: Database, storage: DatabaseStorage, company: str
) -> None:
    def upload() -> Transaction[None]:
        content = BytesIO(bytes(2 * PIECE_BYTES))
        yield from storage.statements(company, Ids().uuid(), content)
        raise LookupError("the session is closed")

    with pytest.raises(LookupError):
        await database.transact(upload())
    assert await _pieces(database) == []


async def test_content_belongs_to_a_company_that_exists(
    database: Database, storage: DatabaseStorage
) -> None:
    with pytest.raises(ConstraintViolated):
        await put(database, storage, Ids().uuid(), b"nobody's")


async def test_content_goes_with_its_company(
    database: Database, storage: DatabaseStorage, company: str
) -> None:
    await put(database, storage, company, b"content")
    await database.write(_DROP_COMPANY(id=company))
    assert await _pieces(database) == []


async def test_only_the_pieces_that_the_range_touches_are_read(
    database: Database, storage: DatabaseStorage, company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await put(database, storage, company, bytes(4 * PIECE_BYTES))
    asked: list[int] = []
    fetch = database.fetch

    async def counting(call: Any) -> Any:
        asked.append(call.values["position"])
        return await fetch(call)

    monkeypatch.setattr(database, "fetch", counting)
    assert len(await joined(storage.read(company, file, PIECE_BYTES + 5, PIECE_BYTES))) == (
        PIECE_BYTES
    )
    assert asked == [1, 2]


async def test_content_that_vanishes_while_it_is_read_is_gone(
    database: Database, storage: DatabaseStorage, company: str
) -> None:
    file = await put(database, storage, company, bytes(3 * PIECE_BYTES))
    pieces = storage.read(company, file, 0, 3 * PIECE_BYTES)
    assert len(await anext(pieces)) == PIECE_BYTES
    await database.write(_DROP_PIECE(position=1))
    with pytest.raises(ContentGone):
        await anext(pieces)
