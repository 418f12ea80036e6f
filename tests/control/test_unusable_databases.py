"""A database that cannot be used is refused in one sentence, and left as it was."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from alfred_mock.core.database import migrate
from alfred_mock.core.settings import Settings
from alfred_mock.database import CannotStart, sqlite
from alfred_mock.main import create_app
from tests.support import application

pytestmark = pytest.mark.anyio


async def _refusal(url: str, **given: object) -> str:
    settings = Settings(_env_file=None, database_url=url, migrate=True, **given)  # type: ignore[arg-type]
    with pytest.raises(CannotStart) as refusal:
        async with application(create_app(settings)):
            pass
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def _run_sqlite(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)


async def _run_postgresql(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


OTHERS = [
    ("CREATE TABLE pet (id INTEGER)", "it has pet, but not deferred_session"),
    (
        "CREATE TABLE alembic_version (version_num VARCHAR(32));"
        "INSERT INTO alembic_version VALUES ('3f2a'); CREATE TABLE pet (id INTEGER)",
        "it has pet, but not deferred_session",
    ),
    (
        "CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER); CREATE TABLE c (x INTEGER);"
        "CREATE TABLE company (x INTEGER)",
        "it has a, b, c, …, but not deferred_session",
    ),
    ("CREATE TABLE alembic_version (x INTEGER)", ""),
]


@pytest.mark.parametrize(("sql", "reason"), OTHERS)
async def test_a_sqlite_file_of_another_application(tmp_path: Path, sql: str, reason: str) -> None:
    path = tmp_path / "x.db"
    _run_sqlite(path, sql)
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT * FROM sqlite_master").fetchall()
        assert reason in await _refusal(f"sqlite:///{path}")
        with pytest.raises(CannotStart):
            await migrate(f"sqlite:///{path}")
        assert connection.execute("SELECT * FROM sqlite_master").fetchall() == before


@pytest.mark.parametrize(("sql", "reason"), OTHERS)
async def test_a_postgresql_database_of_another_application(
    empty_postgres_url: str, sql: str, reason: str
) -> None:
    await _run_postgresql(empty_postgres_url, sql)
    assert reason in await _refusal(empty_postgres_url)


async def test_a_role_that_may_not_create_tables(empty_postgres_url: str) -> None:
    await _run_postgresql(
        empty_postgres_url,
        "DROP ROLE IF EXISTS nobody_much; CREATE ROLE nobody_much LOGIN PASSWORD 'x';"
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    )
    separator = "&" if "?" in empty_postgres_url else "?"
    url = f"{empty_postgres_url}{separator}options=-c%20role%3Dnobody_much"
    try:
        assert "permission denied for schema public" in await _refusal(url)
        with pytest.raises(CannotStart, match="permission denied for schema public"):
            await migrate(url)
    finally:
        await _run_postgresql(empty_postgres_url, "DROP ROLE nobody_much")


async def test_what_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("no database, but long enough to be looked at " * 100)
    assert "file is not a database" in await _refusal(f"sqlite:///{path}")
    assert "unable to open" in await _refusal(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("is_new", [True, False])
async def test_a_file_that_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_SECONDS", 0.1)
    path = tmp_path / "x.db"
    if not is_new:
        await migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "database is locked" in await _refusal(f"sqlite:///{path}")


async def test_a_file_that_is_read_only(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    await migrate(f"sqlite:///{path}")
    path.chmod(0o444)
    try:
        with path.open("ab"):
            pytest.skip("this user may write to everything")
    except PermissionError:
        pass
    assert "readonly database" in await _refusal(f"sqlite:///{path}")


async def test_no_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> list[str]:
        return ["/proc/nowhere"]

    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", none)
    assert "let TMPDIR name one" in await _refusal("sqlite:///:memory:")
