"""The client in TypeScript: its own tests, with its README's examples, and what it is made of."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.npm import installed_node
from tests.packaging import npm_package
from tests.packaging.building import ROOT

SECONDS = 600
EXAMPLES = 2
ENTRY = "#!/bin/sh\nexec '{python}' -m alfred_mock \"$@\"\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it with its packages, for this run alone."""
    installed_node(npm_package.CLIENT)
    copy = npm_package.copy(tmp_path_factory.mktemp("typescript") / "client")
    (copy / "node_modules").symlink_to(npm_package.CLIENT / "node_modules")
    _run(copy, "npm", "run", "build", "--silent")
    return copy


def _run(client: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=client,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def path_with_server(tmp_path: Path) -> str:
    """A `PATH` on which `alfred-mock` is the one of these sources."""
    command = tmp_path / "alfred-mock"
    command.write_text(ENTRY.format(python=sys.executable), "utf-8")
    command.chmod(0o755)
    return f"{tmp_path}{os.pathsep}{os.environ['PATH']}"


def test_it_does_what_its_tests_and_its_readme_say(client: Path, path_with_server: str) -> None:
    said = _run(client, "npm", "run", "test:built", "--silent", PATH=path_with_server)
    (passed,) = re.findall(r"^\W+ pass (\d+)$", said, re.MULTILINE)
    sources = [path.read_text("utf-8") for path in (client / "test").glob("*.ts")]
    tests = sum(len(re.findall(r"^ *test\(", text, re.MULTILINE)) for text in sources)
    assert int(passed) >= tests + EXAMPLES


def test_its_types_are_those_of_the_control_api(client: Path, tmp_path: Path) -> None:
    made = tmp_path / "schema.ts"
    document = ROOT / "docs" / "openapi" / "control.json"
    options = ["--default-non-nullable", "false", "--output", str(made)]
    _run(client, "node_modules/.bin/openapi-typescript", str(document), *options)
    there = (npm_package.CLIENT / "src" / "schema.ts").read_text("utf-8")
    assert made.read_text("utf-8") == there, "npm run schema in clients/typescript"


def test_what_would_be_published_is_what_it_should_be(client: Path) -> None:
    report = _run(client, "npm", "pack", "--dry-run", "--ignore-scripts", "--json")
    assert npm_package.files_of(report) == npm_package.expected()
