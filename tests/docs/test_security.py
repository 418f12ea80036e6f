"""The threat model names defences, tests and settings that exist."""

import ast
import re
from functools import cache

import pytest

from alfred_mock.core.settings import Settings, variable_of
from tests.docs.markdown import ROOT, code_in, read, rows

PAGE = read("docs/security.md")
NAMED = re.findall(r"`(tests/[^`]*)`", PAGE)
THREATS = [row for row in rows(PAGE.partition("## Threats\n")[2]) if row[0] != "threat"]
PACKAGE = ROOT / "app" / "alfred_mock"


@cache
def _tests_in(path: str) -> set[str]:
    """The tests of a file, as pytest names them."""

    def found(body: list[ast.stmt], prefix: str) -> set[str]:
        names: set[str] = set()
        for node in body:
            if isinstance(node, ast.ClassDef):
                names |= found(node.body, f"{prefix}{node.name}::")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(f"{prefix}{node.name}")
        return {name for name in names if name.rpartition("::")[2].startswith("test_")}

    return found(ast.parse((ROOT / path).read_text(encoding="utf-8")).body, "")


@pytest.mark.parametrize("name", NAMED)
def test_every_test_that_is_named_exists(name: str) -> None:
    path, _, test = name.partition("::")
    assert test in _tests_in(path)


@pytest.mark.parametrize("threat", THREATS, ids=lambda row: row[0])
def test_every_threat_has_a_defence_and_a_test(threat: list[str]) -> None:
    _, defence, tests = threat
    places = [name for name in code_in(defence) if name.endswith((".py", ".txt"))]
    assert places
    for place in places:
        assert (PACKAGE / place).is_file() or (ROOT / place).is_file(), place
    assert code_in(tests)
    assert set(code_in(tests)) <= set(NAMED)


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"ALFRED_MOCK_\w+", PAGE))
    assert named
    assert named <= {variable_of(field) for field in Settings.model_fields}


def test_the_page_is_linked_from_where_it_is_looked_for() -> None:
    assert "(docs/security.md)" in read("README.md")
    assert "(security.md)" in read("docs/design.md")
