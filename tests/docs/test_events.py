"""What docs/events.md teaches of events works as it stands there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alfred_mock.events.catalogue import KINDS
from alfred_mock.testing import AlfredMock
from alfred_mock.testing.events import CompanyEvents
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE
from tests.docs.examples import node_test_passes, python_tests_pass
from tests.docs.markdown import blocks, code_in, read, rows, section

EVENTS, FIDELITY = read("docs/events.md"), read("docs/fidelity.md")
SECONDS = 120


@pytest.fixture
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL_VARIABLE, TOKEN_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_the_tests_in_python_pass(pytester: pytest.Pytester) -> None:
    python_tests_pass(pytester, blocks(EVENTS, "python"), "test_events.py")


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node on this machine")
def test_the_test_in_node_passes(
    server: AlfredMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [script] = [block for block in blocks(EVENTS, "js") if "/__admin/events/wait" in block]
    monkeypatch.setenv("ALFRED_URL", server.url)
    node_test_passes(tmp_path, EVENTS, script, "events.test.mjs")


def test_every_event_is_told_at_some_moment() -> None:
    _, *table = rows(section(EVENTS, "What is told, and when"))
    named = {name for row in table for name in code_in(row[1])}
    assert named >= set(KINDS)


def test_every_event_has_a_source() -> None:
    _, *table = rows(section(FIDELITY, "Each event"))
    assert {name for row in table for name in code_in(row[0])} >= set(KINDS)


def test_the_table_of_calls_has_each_of_them(server: AlfredMock) -> None:
    _, *table = rows(section(EVENTS, "From other languages"))
    document = httpx.get(f"{server.url}/__admin/openapi.json", trust_env=False, timeout=60).json()
    there = [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation["tags"] == ["Events"]
    ]
    named = [name for row in table for name in code_in(row[0])]
    assert sorted(named) == sorted(there)


def test_the_handle_is_described() -> None:
    for name in vars(CompanyEvents):
        if not name.startswith("_"):
            assert f"alfred.events.{name}(" in EVENTS
