"""The published documents keep the recommended rules of Spectral and Redocly, warnings included."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.golden import NAMES, application
from tests.npm import installed_node

FOLDER = Path(__file__).parent / "node"
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
LINTERS = {
    "spectral": [
        "@stoplight/spectral-cli/dist/index.js",
        *("lint", "--quiet", "--format", "json", "--fail-severity", "hint"),
        *("--ruleset", str(FOLDER / "spectral.yaml")),
    ],
    "redocly": ["@redocly/cli/bin/cli.js", "lint", "--extends", "recommended", "--format", "json"],
}


@pytest.fixture(scope="session")
def node() -> str:
    return installed_node(FOLDER)


def _findings(node: str, linter: str, document: Path) -> list[Any]:
    script, *options = LINTERS[linter]
    done = subprocess.run(
        [node, str(FOLDER / "node_modules" / script), *options, str(document)],
        cwd=document.parent,
        env={**os.environ, **QUIET},
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    findings: list[Any] = found if linter == "spectral" else found["problems"]
    return findings


@pytest.mark.parametrize("linter", LINTERS)
@pytest.mark.parametrize("name", NAMES)
def test_no_rule_is_broken(node: str, linter: str, name: str, tmp_path: Path) -> None:
    document = tmp_path / f"{name}.json"
    document.write_text(json.dumps(application(name).openapi()), "utf-8")
    assert _findings(node, linter, document) == []


@pytest.mark.parametrize("linter", LINTERS)
def test_a_broken_rule_is_found(node: str, linter: str, tmp_path: Path) -> None:
    document = tmp_path / "broken.json"
    broken = application("alfred").openapi()
    broken = {**broken, "servers": []}
    document.write_text(json.dumps(broken), "utf-8")
    assert _findings(node, linter, document)
