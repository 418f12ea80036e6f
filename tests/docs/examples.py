"""Runs the tests that the documents show, as a reader would."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.testing.runs import WITHOUT

SECONDS = 120


def python_tests_pass(pytester: pytest.Pytester, shown: list[str], name: str) -> None:
    """The one of these blocks that names itself so passes, with each test in it."""
    [text] = [block for block in shown if block.startswith(f"# {name}")]
    (pytester.path / name).write_text(text, "utf-8")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *WITHOUT, timeout=SECONDS)
    result.assert_outcomes(passed=len(re.findall(r"^def test_", text, re.MULTILINE)))


def node_test_passes(folder: Path, page: str, script: str, name: str) -> None:
    """A script with one test passes under the name that the page gives it."""
    (folder / name).write_text(script, "utf-8")
    assert f"`node --test {name}`" in page
    done = subprocess.run(
        ["node", "--test", name], cwd=folder, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"pass 1\b", done.stdout)
