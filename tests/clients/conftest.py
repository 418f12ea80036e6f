"""A served instance for HTTP clients that know nothing of Alfred."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import server_process


def tool(name: str) -> str:
    """Where a program is; without it the test is skipped, and the summary says so."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"this machine has no {name}")
    return path


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database: Path = tmp_path_factory.mktemp("clients") / "alfred-mock.db"
    with server_process("--database-url", f"sqlite:///{database}", "--keep-alive", "2") as server:
        yield server.url
