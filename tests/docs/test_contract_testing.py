"""What docs/contract-testing.md teaches works as it stands there."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alfred_mock.control.pact.catalogue import KNOWN_STATES
from alfred_mock.control.pact.own_states import read_own_states
from alfred_mock.control.pact.router import COMPANY_RETURNS
from alfred_mock.control.pact.states import Catalogue
from alfred_mock.testing import AlfredMock
from tests.docs.markdown import blocks, code_in, read, rows, section
from tests.npm import installed_node
from tests.sdk.pact_scripts import FOLDER, run
from tests.support import command
from tests.testing.runs import WITHOUT

PAGE = read("docs/contract-testing.md")
SHOWN_URL = "http://127.0.0.1:8000"
SECONDS = 120


@pytest.fixture(scope="module")
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


@pytest.fixture
def consumers(tmp_path: Path) -> Path:
    """A folder with the contract that the page names, and with Node's packages."""
    node = installed_node(FOLDER)
    (tmp_path / "node_modules").symlink_to(FOLDER / "node_modules")
    done = run(node, "consumer.mjs", str(tmp_path / "pacts"))
    assert done.returncode == 0, done.stdout + done.stderr
    contracts = tmp_path / "pacts"
    (contracts / "archive-alfred.json").rename(contracts / "invoices-alfred.json")
    return tmp_path


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALFRED_API_KEY", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("PACT_DO_NOT_TRACK", "true")


def _file(name: str, language: str) -> str:
    """The block that gives itself this name; its first line looks like a heading."""
    (found,) = (block for block in blocks(PAGE, language) if block.startswith(f"# {name}\n"))
    return found


def test_the_test_in_python_passes(pytester: pytest.Pytester) -> None:
    pytest.importorskip("pact", reason="pact-python cannot be imported here")
    pytest.importorskip("pylibmagic", reason="alfred-python needs libmagic, not found here")
    script = _file("test_contract.py", "python")
    pytester.makepyfile(test_contract=script, conftest="import pylibmagic")
    result = pytester.runpytest_subprocess(
        *("-W", "error", "-W", "ignore:datetime.datetime.utcfromtimestamp"),
        *("-p", "no:cacheprovider", *WITHOUT),
        timeout=SECONDS,
    )
    result.assert_outcomes(passed=1)


def test_the_script_in_javascript_verifies(server: AlfredMock, consumers: Path) -> None:
    (script,) = blocks(section(PAGE, "In JavaScript"), "js")
    assert script.startswith("// verify.mjs\n")
    (consumers / "verify.mjs").write_text(script.replace(SHOWN_URL, server.url), "utf-8")
    node = installed_node(FOLDER)
    done = subprocess.run(
        [node, "verify.mjs"], cwd=consumers, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_document_is_compared_as_shown(consumers: Path) -> None:
    (compare,) = blocks(section(PAGE, "Bi-directional contracts"), "sh")
    document = subprocess.check_output(command("openapi"), timeout=SECONDS)
    (consumers / "alfred.json").write_bytes(document)
    done = subprocess.run(
        shlex.split(compare), cwd=consumers, capture_output=True, text=True, timeout=SECONDS
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_the_table_of_states_has_each_of_them() -> None:
    head, *table = rows(section(PAGE, "States"))
    assert head == ["state", "parameters", "answers"]
    documented = [
        (code_in(name)[0], code_in(parameters), set(code_in(answers)))
        for name, parameters, answers in table
    ]
    known = [
        (next(iter(state.sentences)).text, state.parameters, set(state.returns))
        for state in KNOWN_STATES
    ]
    assert [
        (name, [p for p in given if p.isidentifier()], of) for name, given, of in documented
    ] == (known)
    assert f"`{'`, `'.join(COMPANY_RETURNS[:-1])}` and `{COMPANY_RETURNS[-1]}`" in section(
        PAGE, "States"
    )


def test_the_file_of_ones_own_sentences_is_one(tmp_path: Path) -> None:
    shown = _file("states.yaml", "yaml")
    path = tmp_path / "states.yaml"
    path.write_text(shown, "utf-8")
    states = read_own_states(path, Catalogue(KNOWN_STATES))
    assert [state.sentence.text for state in states] == [
        "order {number} was scanned",
        "nothing was scanned",
    ]


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_curl_prints_what_is_shown(server: AlfredMock) -> None:
    (shown,) = blocks(section(PAGE, "When a state fails"), "console")
    lines = shown.splitlines()
    for asked, answered in zip(lines[::2], lines[1::2], strict=True):
        words = shlex.split(asked.removeprefix("$ ").replace(SHOWN_URL, server.url))
        assert subprocess.check_output([*words, "-s"], text=True) == answered
    found = re.search(r"`GET (/__admin/requests\S+)`", section(PAGE, "When a state fails"))
    assert found is not None
    (entry,) = httpx.get(server.url + found[1], trust_env=False).json()["requests"]
    assert entry["response_body"] == lines[1]
