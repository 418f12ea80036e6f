"""What docs/testing.md, docs/faults.md and docs/control-api.md say is all there is."""

import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alfred_mock.testing import AlfredMock
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE
from alfred_mock.testing.scope import Scope
from tests.docs.examples import examples_of, write
from tests.docs.markdown import blocks, code_in, read, rows, section
from tests.docs.transcripts import SECONDS
from tests.testing.runs import WITHOUT

TESTING, FAULTS, CONTROL = map(read, ("docs/testing.md", "docs/faults.md", "docs/control-api.md"))
SHOWN_URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


def test_the_way_to_a_shared_server_works(
    tmp_path: Path, server: AlfredMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (URL_VARIABLE, TOKEN_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    (serve, ready, tests) = blocks(TESTING, "sh")[0].splitlines()
    assert serve.startswith("alfred-mock serve --port 8000 ")
    assert ready.startswith("alfred-mock ready --wait --port 8000")
    command, *arguments = tests.replace(SHOWN_URL, server.url).replace("-n 4", "-n 2").split()
    assert command == "pytest"
    shown = examples_of("docs/testing.md")
    write(tmp_path, [each for each in shown if each.name == "test_upload.py"])
    # Not `pytester`: it forgets the modules that the server imports meanwhile.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, *WITHOUT],
        cwd=tmp_path,
        env={**os.environ, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    for name in (URL_VARIABLE, TOKEN_VARIABLE, "--alfred-url", "--alfred-admin-token"):
        assert f"{name}" in TESTING


def test_the_table_of_failures_has_each_argument() -> None:
    _, *table = rows(section(FAULTS, "What a fault can do"))
    documented = [name for row in table for name in code_in(row[0])]
    _, *arguments = inspect.signature(Scope.fail).parameters
    assert sorted(documented) == sorted(arguments)


def test_the_table_of_calls_has_each_of_them(server: AlfredMock) -> None:
    _, *table = rows(section(CONTROL, "The control API"))
    document = httpx.get(f"{server.url}/__admin/openapi.json", trust_env=False, timeout=60).json()
    there = [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    ]
    assert sorted(name for row in table for name in code_in(row[0])) == sorted(there)
