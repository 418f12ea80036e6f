"""Served instances for the official clients, and what these must not find in the environment."""

import importlib
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.npm import installed_node
from tests.sdk import node_sdk, pact_scripts, python_sdk
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
    """One server for all tests here: none of them minds what another one leaves there."""
    database = tmp_path_factory.mktemp("served") / "alfred-mock.db"
    with server_process("--database-url", f"sqlite:///{database}") as server:
        yield Served(server.url, database)


@pytest.fixture(scope="session")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a server whose jobs take some time."""
    database = tmp_path_factory.mktemp("timed") / "alfred-mock.db"
    settings = ["--progression", "timed", "--stage-seconds", "0.1"]
    with server_process("--database-url", f"sqlite:///{database}", *settings) as server:
        yield server.url


@pytest.fixture
def unique() -> str:
    """A word to begin a file's name with, so that the server need not rename it."""
    return uuid.uuid4().hex


@pytest.fixture(scope="session")
def libmagic() -> None:
    """The Python client cannot be imported without this library, which many machines lack."""
    try:
        importlib.import_module("magic")
    except ImportError:
        # A wheel that carries the library and, once imported, lets others find it.
        pytest.importorskip("pylibmagic", reason="alfred-python needs libmagic, not found here")


@pytest.fixture
def connect_python(served: Served, libmagic: None) -> Iterator[python_sdk.Connect]:
    from alfred.base import Configuration
    from alfred.rest import AlfredClient

    with ExitStack() as connections:

        def connect(credentials: dict[str, Any], url: str | None = None) -> Any:
            client = AlfredClient(Configuration.v1({"base_url": url or served.url}), credentials)
            connections.enter_context(client.http_client.session)
            return client

        yield connect


@pytest.fixture(scope="session")
def node() -> str:
    return installed_node(node_sdk.FOLDER)


@pytest.fixture(scope="session")
def pact_node() -> str:
    """Path of a Node that has what it takes for Pact."""
    return installed_node(pact_scripts.FOLDER)


@pytest.fixture(scope="session")
def node_contracts(pact_node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contracts of consumers in JavaScript."""
    folder = tmp_path_factory.mktemp("contracts")
    done = pact_scripts.run(pact_node, "consumer.mjs", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def connect_node(served: Served, node: str) -> Iterator[node_sdk.Connect]:
    with ExitStack() as clients:

        def connect(credentials: dict[str, Any], url: str | None = None) -> node_sdk.NodeClient:
            return clients.enter_context(node_sdk.start(node, url or served.url, credentials))

        yield connect


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both clients take a key from this variable before any other credentials, and use proxies."""
    monkeypatch.delenv("ALFRED_API_KEY", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
