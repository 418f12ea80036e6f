"""What docs/events.md teaches about webhooks works as it stands there."""

import shutil
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from alfred_mock.events.webhooks.faults import EFFECTS
from alfred_mock.testing import AlfredMock
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE
from alfred_mock.testing.webhook import Webhook
from tests.docs.markdown import blocks, code_in, read, rows, section
from tests.support import WITH_KEY

EVENTS = read("docs/events.md")


@pytest.fixture
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL_VARIABLE, TOKEN_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_a_webhook_is_set_as_shown() -> None:
    (script,) = blocks(section(EVENTS, "Webhooks"), "sh")
    with AlfredMock(demo=True) as server:
        receiver = server.company().webhook()
        typed = script.replace("http://127.0.0.1:3000/webhook", receiver.url)
        subprocess.check_call(["bash", "-c", typed.replace("http://127.0.0.1:8000", server.url)])
        url = f"{server.url}/api/company/cloudinfo"
        shown = httpx.get(url, headers=WITH_KEY, trust_env=False, timeout=60).json()
        assert shown["web_hook_url"] == receiver.url


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
    document = httpx.get(f"{server.url}/__admin/openapi.json", trust_env=False, timeout=60).json()
    there = [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation["tags"] == ["Webhooks"]
    ]
    assert sorted(name for row in table for name in code_in(row[0])) == sorted(there)
