"""The commands of the pages about the OpenAPI document do what the page says."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.docs.markdown import blocks, read
from tests.support import server_process

URL = "http://127.0.0.1:8000"


def _command(begin: str) -> list[str]:
    """The words of the one command that begins so."""
    lines = "".join(blocks(read("docs/contract-testing.md"), "sh")).splitlines()
    (line,) = [line for line in lines if line.startswith(begin)]
    return shlex.split(line)


def test_generated_requests_find_nothing(tmp_path: Path) -> None:
    with server_process("--database-url", "sqlite:///:memory:") as server:
        words = [word.replace(URL, server.url) for word in _command("st run")[1:]]
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", *words, "--seed", "1"],
            cwd=tmp_path,
            env={**os.environ, "no_proxy": "127.0.0.1"},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout


def test_the_document_is_printed(tmp_path: Path) -> None:
    command, *rest = _command("alfred-mock openapi")
    assert (command, rest[-1]) == ("alfred-mock", ">alfred.json")
    done = subprocess.run(
        [sys.executable, "-m", "alfred_mock", *rest[:-1]], cwd=tmp_path, capture_output=True
    )
    assert json.loads(done.stdout)["openapi"].startswith("3.1")
