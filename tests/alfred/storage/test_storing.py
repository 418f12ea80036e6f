"""What holds for content wherever it is kept."""

import subprocess
import sys
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from alfred_mock.alfred.storage import objects, storage_for
from alfred_mock.alfred.storage.database import PIECE_BYTES
from alfred_mock.core.database import database_for, migrate
from alfred_mock.core.ids import Ids
from alfred_mock.core.settings import Settings
from alfred_mock.core.storage import ContentGone, Storage
from alfred_mock.database import Database
from tests.alfred.files.contents import (
    MIB,
    digest,
    joined,
    large_file,
    less_memory_than,
    new_company,
    put,
)

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * (3 * PIECE_BYTES // 256) + b"the last piece"


@pytest.fixture(params=["sqlite", "postgresql", "file", "memory", "s3"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings for each place in turn."""
    kind: str = request.param
    database = "postgres_url" if kind == "postgresql" else "sqlite_url"
    storage = {
        "file": f"file://{tmp_path}/some/where",
        "memory": f"memory://{tmp_path}",
        "s3": request.getfixturevalue("s3_url") + "/some/where" if kind == "s3" else "",
    }.get(kind, "database")
    return Settings(_env_file=None, database_url=request.getfixturevalue(database), storage=storage)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    await migrate(settings.database_url)
    database = database_for(settings.database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def storage(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Storage]:
    monkeypatch.setattr(objects, "PIECE_BYTES", PIECE_BYTES)
    storage = storage_for(settings, database)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def company(database: Database) -> str:
    return await new_company(database)


async def test_content_comes_back_as_it_was(
    database: Database, storage: Storage, company: str
) -> None:
    for size in (0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1):
        file = await put(database, storage, company, CONTENT[:size])
        assert await joined(storage.read(company, file, 0, size)) == CONTENT[:size]


async def test_any_range_can_be_read(database: Database, storage: Storage, company: str) -> None:
    file = await put(database, storage, company, CONTENT)
    for first, size in (
        (0, 1),
        (len(CONTENT) - 1, 1),
        (len(CONTENT), 0),
        (7, 100),
        (PIECE_BYTES - 1, 2),
        (PIECE_BYTES, PIECE_BYTES),
        (PIECE_BYTES - 1, 2 * PIECE_BYTES + 2),
    ):
        read = await joined(storage.read(company, file, first, size))
        assert read == CONTENT[first : first + size], (first, size)


async def test_content_is_taken_from_its_beginning(
    database: Database, storage: Storage, company: str
) -> None:
    source = BytesIO(b"from the beginning")
    source.read()
    file = await put(database, storage, company, source)
    assert await joined(storage.read(company, file, 0, 18)) == b"from the beginning"


async def test_content_that_was_never_put_is_gone(
    database: Database, storage: Storage, company: str
) -> None:
    with pytest.raises(ContentGone):
        await joined(storage.read(company, Ids().uuid(), 0, 1))


async def test_content_that_is_shorter_than_it_should_be_is_gone(
    database: Database, storage: Storage, company: str
) -> None:
    file = await put(database, storage, company, b"short")
    with pytest.raises(ContentGone):
        await joined(storage.read(company, file, 0, 6))


async def test_content_is_not_found_under_another_company(
    database: Database, storage: Storage, company: str
) -> None:
    file = await put(database, storage, company, b"mine")
    with pytest.raises(ContentGone):
        await joined(storage.read(await new_company(database), file, 0, 4))


async def test_what_was_kept_can_be_discarded(storage: Storage, company: str) -> None:
    file = Ids().uuid()
    await storage.keep(company, file, BytesIO(b"content"))
    for _ in range(2):  # and once more, as a request that is sent again would
        await storage.discard(company, file)
    with pytest.raises(ContentGone):
        await joined(storage.read(company, file, 0, 7))


async def test_another_replica_sees_what_this_one_does(
    settings: Settings, database: Database, storage: Storage, company: str
) -> None:
    other = storage_for(settings, database)
    await other.open()
    try:
        before = await put(database, other, company, b"before")
        assert await joined(storage.read(company, before, 0, 6)) == b"before"
        file = await put(database, other, company, b"after")
        assert await joined(storage.read(company, file, 0, 5)) == b"after"
        await storage.forget(company)
        if settings.storage != "database":  # there it goes with the company
            with pytest.raises(ContentGone):
                await joined(other.read(company, file, 0, 5))
    finally:
        await other.close()


async def test_a_company_without_content_can_be_forgotten(storage: Storage) -> None:
    await storage.forget(Ids().uuid())


# The other places are in the memory of this very process.
@pytest.mark.parametrize("settings", ["sqlite", "postgresql", "file"], indirect=True)
async def test_50_mib_are_put_and_read_without_being_in_memory(
    database: Database, storage: Storage, company: str, tmp_path: Path
) -> None:
    md5 = large_file(tmp_path / "large", 50)
    with (tmp_path / "large").open("rb") as source, less_memory_than(8 * MIB):
        file = await put(database, storage, company, source)
        assert await digest(storage.read(company, file, 0, 50 * MIB)) == md5


def test_a_server_with_the_content_in_its_database_does_not_import_fsspec() -> None:
    code = "import alfred_mock.main, sys; print('fsspec' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
