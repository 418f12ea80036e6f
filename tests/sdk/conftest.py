"""A served instance for the official clients, and what they must not find in the environment."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import server_process


@dataclass(frozen=True)
class Served:
    """A server in a process of its own, and the database behind it."""

    url: str
    database: Path

    def tokens_handed_out(self) -> int:
        """How many access tokens anybody was ever given."""
        return int(self._execute("SELECT count(*) FROM access_token")[0][0])

    def expire_tokens(self) -> None:
        """Make every access token that was handed out so far an expired one."""
        self._execute("UPDATE access_token SET expires_at = issued_at")

    def _execute(self, sql: str) -> list[tuple[int, ...]]:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests here: none of them changes what another one sees."""
    database = tmp_path_factory.mktemp("served") / "alfred-mock.db"
    with server_process("--database-url", f"sqlite:///{database}") as server:
        yield Served(server.url, database)


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both clients take a key from this variable before any other credentials, and use proxies."""
    monkeypatch.delenv("ALFRED_API_KEY", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
