"""What only SQLite has: settings of the connection, checkpoints, snapshots of a turn."""

import asyncio
import contextlib
import os
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import insert, select

from alfred_mock.auth.tables import Company
from alfred_mock.core.database import MIGRATIONS
from alfred_mock.core.ids import Ids
from alfred_mock.database import Statement, Transaction, sqlite, sqlite_commits
from alfred_mock.database.rows import Insert
from alfred_mock.database.sqlite import SQLite
from alfred_mock.database.sqlite_work import MOST_VALUES

pytestmark = pytest.mark.anyio

_ADD = Statement(insert(Company))
_ALL = Statement(select(Company.id))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alfred-mock.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SQLite]:
    database = SQLite(str(path), MIGRATIONS)
    await database.open()
    await database.upgrade()
    yield database
    await database.close()


async def test_its_files_are_for_their_owner_only(database: SQLite, path: Path) -> None:
    await _add(database, 1)
    files = sorted(path.parent.glob("alfred-mock.db*"))
    assert [file.name for file in files] == [
        "alfred-mock.db",
        "alfred-mock.db-shm",
        "alfred-mock.db-wal",
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_the_mode_of_a_file_that_is_there_is_its_owner_s_choice(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT, 0o640))
    database = SQLite(str(path), MIGRATIONS)
    await database.open()
    await database.close()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640


async def _add(database: SQLite, count: int) -> None:
    ids = Ids()
    await asyncio.gather(*(database.write(_ADD(id=ids.uuid(), name="c")) for _ in range(count)))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL: what was committed survives a power cut
        ("foreign_keys", 1),
        ("wal_autocheckpoint", 0),
    ],
)
async def test_both_connections_are_set_up_alike(
    database: SQLite, setting: str, value: object
) -> None:
    for connection in (database._reader, database._writer):
        assert connection.execute(f"PRAGMA {setting}").fetchall() == [(value,)]


def _frames(path: Path) -> int:
    """How many pages the log holds."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        [(_, frames, _)] = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    return int(frames)


async def test_a_checkpoint_is_due_after_so_many_writes(
    path: Path, database: SQLite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_commits, "WRITES_PER_CHECKPOINT", 20)
    await _add(database, 19)
    assert database._commits.checkpointing is None
    await _add(database, 1)
    assert database._commits.checkpointing is not None


async def test_more_rows_than_an_old_sqlite_takes_in_one_statement(database: SQLite) -> None:
    database._writer.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, MOST_VALUES)
    add = Insert(Company)
    rows = [add(id=Ids().uuid(), name="many") for _ in range(MOST_VALUES)]
    await asyncio.gather(*map(database.write, rows))
    assert len(await database.fetch(_ALL())) == len(rows)


async def test_a_value_that_is_none_harms_no_other(database: SQLite) -> None:
    add = Insert(Company)
    names = ["one", "half of a pair: \ud800", "two"]
    writes = [database.write(add(id=Ids().uuid(), name=name)) for name in names]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [list, UnicodeEncodeError, list]
    assert len(await database.fetch(_ALL())) == 2


@pytest.mark.parametrize("error", [None, LookupError])
async def test_the_log_stays_small_when_much_is_written(
    path: Path, database: SQLite, monkeypatch: pytest.MonkeyPatch, error: type[Exception] | None
) -> None:
    monkeypatch.setattr(sqlite_commits, "WRITES_PER_CHECKPOINT", 640)  # 10 MiB

    def add_much() -> Transaction[None]:
        for _ in range(16):
            yield _ADD(id=Ids().uuid(), name="m" * 262_144)
        if error is not None:
            raise error

    for _ in range(15):
        with pytest.raises(error) if error else contextlib.nullcontext():
            await database.transact(add_much())
        if database._commits.checkpointing is not None:
            await asyncio.wrap_future(database._commits.checkpointing)
    assert path.with_name(f"{path.name}-wal").stat().st_size < 25_000_000


async def test_the_log_starts_again_although_a_checkpoint_was_held_up(
    path: Path, database: SQLite
) -> None:
    with contextlib.closing(sqlite3.connect(path)) as slow_reader:
        slow_reader.execute("BEGIN")
        slow_reader.execute("SELECT * FROM company").fetchall()
        for _ in range(20):
            await _add(database, 1)
        # What the reader must not see yet cannot be copied into the file.
        await asyncio.to_thread(database._commits.checkpoint)
    await _add(database, 1)
    assert _frames(path) < 20


def _files(path: Path) -> list[Path]:
    return list(path.parent.iterdir())


async def test_everything_is_in_the_file_itself_once_it_is_closed(path: Path) -> None:
    database = SQLite(str(path), MIGRATIONS)
    await database.open()
    await database.upgrade()
    await _add(database, 10)
    await database.close()
    assert [file.name for file in _files(path)] == [path.name]


async def test_a_read_sees_what_was_acknowledged_before_it(database: SQLite) -> None:
    for count in range(1, 20):
        await _add(database, 1)
        assert len(await database.fetch(_ALL())) == count


async def test_reads_never_see_half_a_transaction(database: SQLite) -> None:
    def add_two() -> Transaction[None]:
        yield _ADD(id=Ids().uuid(), name="a")
        yield _ADD(id=Ids().uuid(), name="b")

    writing = [asyncio.ensure_future(database.transact(add_two())) for _ in range(50)]
    seen = set()
    while not all(task.done() for task in writing):
        seen.add(len(await database.fetch(_ALL())) % 2)
        await asyncio.sleep(0)
    assert seen <= {0}


async def test_a_large_file_is_mapped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LARGE_FILE_BYTES", 0)
    small = SQLite(":memory:", MIGRATIONS)
    large = SQLite(str(path), MIGRATIONS)
    for database in (small, large):
        await database.open()
    assert large._reader.execute("PRAGMA mmap_size").fetchall() != [(0,)]
    assert large._writer.execute("PRAGMA mmap_size").fetchall() == [(0,)]
    for database in (small, large):
        await database.close()
