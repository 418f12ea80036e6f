"""What a fault happens to: servers, their database, and the connections between them."""

import asyncio
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg

from benchmarks.processes import free_port, python
from benchmarks.relay import UnreliableRelay, relaying

START_SECONDS = 60
STOP_SECONDS = 30
_POLL_SECONDS = 0.05


class Replica:
    """One server, which can be ended in any way and started again on the same port."""

    def __init__(self, folder: Path, database_url: str, timeout: float) -> None:
        self.port = free_port()
        self._log = folder / f"log-{self.port}.txt"
        self._command = python(
            *("-m", "alfred_mock", "serve", "--port", str(self.port)),
            *("--database-url", database_url, "--database-timeout", str(timeout), "--migrate"),
        )
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it is ready."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("ALFRED_MOCK")
        }
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=self._folder, env=kept, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.ready()[0] == 200:
                return
            time.sleep(_POLL_SECONDS)
        raise AssertionError(f"it did not start: {self._log.read_text()[-1_000:]}")

    def end(self, number: int = signal.SIGTERM) -> float:
        """End it by a signal; how many seconds that took."""
        if self.process is None:
            return 0.0
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(STOP_SECONDS)
        self.process = None
        return time.monotonic() - begun

    def ready(self) -> tuple[int, str]:
        """What `/readyz` says; 0 where nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            content = json.loads(answer.read())
            return answer.status, content.get("message", content.get("status", ""))
        except (OSError, HTTPException, ValueError) as error:
            return 0, type(error).__name__
        finally:
            connection.close()

    def traces(self) -> int:
        """How many stack traces it has written."""
        return self._log.read_text(errors="replace").count("Traceback")


class Server(Protocol):
    """A PostgreSQL server."""

    def psql(self, statement: str) -> object:
        """Run a statement as the owner."""

    def new_database(self, folder: Path) -> str:
        """The URL of an empty database."""


class World:
    """One or two replicas on SQLite or on PostgreSQL, and a watch on their readiness."""

    def __init__(
        self, folder: Path, replicas: int, timeout: float, postgres: Server | None
    ) -> None:
        self.folder = folder
        self.postgres = postgres
        self.relay: UnreliableRelay | None = None
        if postgres is None:
            self.file = folder / "alfred-mock.db"
            url = f"sqlite:///{self.file}"
        else:
            self.direct_url = postgres.new_database(folder)
            parts = urlsplit(self.direct_url)
            self.database = parts.path.lstrip("/")
            self.role = f"role_{self.database}"
            self.relay = UnreliableRelay(self.direct_url)
            postgres.psql(f"CREATE ROLE {self.role} LOGIN PASSWORD 'x';")
            postgres.psql(f"ALTER DATABASE {self.database} OWNER TO {self.role};")
            url = f"postgresql://{self.role}:x@127.0.0.1:{self.relay.port}/{self.database}"
        self.replicas = [Replica(folder, url, timeout) for _ in range(replicas)]
        self.said: list[str] = []
        """What `/readyz` of the first replica said, each change once."""
        self._ended = threading.Event()

    def sql(self, statement: str) -> list[Any]:
        """Run a statement as the owner of the PostgreSQL server, in the servers' database."""

        async def run() -> list[Any]:
            connection = await asyncpg.connect(self.direct_url)
            try:
                if ";" in statement:
                    await connection.execute(statement)
                    return []
                return list(await connection.fetch(statement))
            finally:
                await connection.close()

        return asyncio.run(run())

    def end_backends(self) -> None:
        """End all connections of the servers to PostgreSQL."""
        self.sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self.role}';"
        )

    @contextmanager
    def up(self) -> Iterator[None]:
        """Start all, and end all."""
        with nullcontext() if self.relay is None else relaying(self.relay):
            try:
                for replica in self.replicas:
                    replica.start()
                watch = threading.Thread(target=self._watch, daemon=True)
                watch.start()
                yield
                self._ended.set()
                watch.join()
            finally:
                for replica in self.replicas:
                    if replica.process is not None:
                        replica.process.kill()
                        replica.process.wait()

    def _watch(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            status, text = self.replicas[0].ready()
            words = f"{status} {text}"
            if not self.said or self.said[-1] != words:
                self.said.append(words)
