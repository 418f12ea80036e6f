"""What docs/events.md teaches about webhooks works as it stands there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alfred_mock.events.webhooks.faults import EFFECTS
from alfred_mock.testing import AlfredMock
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE
from alfred_mock.testing.webhook import Webhook
from tests.docs.examples import node_test_passes, python_tests_pass
from tests.docs.markdown import blocks, code_in, read, rows, section

EVENTS = read("docs/events.md")
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
    python_tests_pass(pytester, blocks(EVENTS, "python"), "test_webhook.py")


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node on this machine")
def test_the_test_in_node_passes(
    server: AlfredMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [script] = [block for block in blocks(EVENTS, "js") if "/api/account/webhook" in block]
    monkeypatch.setenv("ALFRED_URL", server.url)
    node_test_passes(tmp_path, EVENTS, script, "webhook.test.mjs")


def test_the_table_of_faults_has_each_effect() -> None:
    _, *table = rows(section(EVENTS, "What goes wrong on purpose"))
    assert sorted(name for row in table for name in code_in(row[0])) == sorted(EFFECTS)


def test_the_table_of_the_receiver_has_all_of_it() -> None:
    _, *table = rows(section(EVENTS, "The receiver"))
    named = {name.partition("(")[0] for row in table for name in code_in(row[0])}
    there = {name for name in vars(Webhook) if not name.startswith("_")} | {"url"}
    assert named == there


def test_the_table_of_calls_has_each_of_them(server: AlfredMock) -> None:
    _, *table = rows(section(EVENTS, "Over HTTP"))
    document = httpx.get(f"{server.url}/__admin/openapi.json", trust_env=False).json()
    there = [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation["tags"] == ["Webhooks"]
    ]
    assert sorted(name for row in table for name in code_in(row[0])) == sorted(there)
