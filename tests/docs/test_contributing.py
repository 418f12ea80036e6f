"""What CONTRIBUTING says about commands, dependencies and imports is true."""

import re
import tomllib
from typing import Any

import pytest

from tests.docs.markdown import blocks, code_in, read, rows, section, targets

CONTRIBUTING = read("CONTRIBUTING.md")


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    """What the project says about itself."""
    return tomllib.loads(read("pyproject.toml"))


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0]


def test_the_table_of_commands_has_every_target_of_the_makefile() -> None:
    _, *table = rows(section(CONTRIBUTING, "Commands"))
    documented = [code_in(row[0])[0] for row in table]
    assert sorted(documented) == sorted(f"make {target}" for target in targets())


def test_each_dependency_is_justified(pyproject: dict[str, Any]) -> None:
    groups = pyproject["dependency-groups"]
    asked = {_name(item) for item in [*pyproject["project"]["dependencies"], *groups["dev"]]}
    tables = rows(section(CONTRIBUTING, "Dependencies"))
    justified = [name for row in tables for name in code_in(row[0])]
    assert sorted(justified) == sorted(asked)
    assert all(row[1] for row in tables)
    for tool in groups["build"]:
        assert f"`{_name(tool)}`" in section(CONTRIBUTING, "Dependencies")


def test_the_layers_are_those_that_are_enforced(pyproject: dict[str, Any]) -> None:
    contract, *_ = pyproject["tool"]["importlinter"]["contracts"]
    layers = [layer.removeprefix("alfred_mock.") for layer in contract["layers"]]
    drawn, *_ = blocks(section(CONTRIBUTING, "Who may import whom"), "text")
    assert drawn.strip().split(" → ") == layers
