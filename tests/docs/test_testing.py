"""What docs/testing.md teaches works as it stands there."""

import importlib.util
import inspect
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from alfred_mock.core.settings import PREFIX, Settings
from alfred_mock.testing import AlfredMock
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE
from alfred_mock.testing.scope import Scope
from tests.docs.examples import node_test_passes
from tests.docs.markdown import blocks, code_in, read, rows, section
from tests.testing.runs import WITHOUT

TESTING = read("docs/testing.md")
SHOWN_URL = "http://127.0.0.1:8000"
SECONDS = 120


@pytest.fixture(scope="module")
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL_VARIABLE, TOKEN_VARIABLE, "ALFRED_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def _files() -> dict[str, str]:
    """The Python examples by the names that they give themselves."""
    found = {}
    for block in blocks(TESTING, "python"):
        name = re.match(r"# (\w+\.py)\n", block)
        assert name is not None, block
        found[name[1]] = block
    return found


def test_every_python_example_passes(pytester: pytest.Pytester) -> None:
    files = _files()
    # The official client cannot be imported without a library that this wheel brings.
    if importlib.util.find_spec("pylibmagic") is not None:
        files["conftest.py"] = f"import pylibmagic\n{files['conftest.py']}"
    elif importlib.util.find_spec("magic") is None:
        del files["test_retries.py"]
    for name, text in files.items():
        (pytester.path / name).write_text(text, "utf-8")
    tests = sum(len(re.findall(r"^ *def test_", text, re.MULTILINE)) for text in files.values())
    assert tests >= 10
    result = pytester.runpytest_subprocess(
        *("-W", "error", "-W", "ignore:datetime.datetime.utcfromtimestamp"),
        *("-p", "no:cacheprovider", *WITHOUT),
        timeout=SECONDS,
    )
    result.assert_outcomes(passed=tests)


def test_the_way_to_a_shared_server_works(pytester: pytest.Pytester, server: AlfredMock) -> None:
    (serve, ready, tests) = blocks(TESTING, "sh")[0].splitlines()
    assert serve.startswith("alfred-mock serve --port 8000 ")
    assert ready.startswith("alfred-mock ready --wait --port 8000")
    command, *arguments = tests.replace(SHOWN_URL, server.url).replace("-n 4", "-n 2").split()
    assert command == "pytest"
    pytester.makepyfile(test_upload=_files()["test_upload.py"])
    result = pytester.runpytest_subprocess(*arguments, *WITHOUT, timeout=SECONDS)
    result.assert_outcomes(passed=1)
    for name in (URL_VARIABLE, TOKEN_VARIABLE, "--alfred-url", "--alfred-admin-token"):
        assert f"{name}" in TESTING


def test_the_table_of_failures_has_each_argument() -> None:
    # The examples have lines that look like headings.
    _, *table = rows(TESTING.partition("\n## Failures\n")[2].partition("\n## ")[0])
    documented = [name for row in table for name in code_in(row[0])]
    _, *arguments = inspect.signature(Scope.fail).parameters
    assert sorted(documented) == sorted(arguments)


def test_the_table_of_calls_has_each_of_them(server: AlfredMock) -> None:
    _, *table = rows(section(TESTING, "The control API"))
    document = httpx.get(f"{server.url}/__admin/openapi.json", trust_env=False).json()
    there = [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    ]
    assert sorted(name for row in table for name in code_in(row[0])) == sorted(there)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_curl_prints_what_one_expects(
    server: AlfredMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (script,) = blocks(section(TESTING, "With curl"), "sh")
    (tmp_path / ".curlrc").write_text('write-out = "\\n"\n', "utf-8")
    monkeypatch.setenv("CURL_HOME", str(tmp_path))
    printed = subprocess.check_output(
        ["sh", "-c", script.replace(SHOWN_URL, server.url)], text=True, timeout=SECONDS
    )
    fault, failed, created, counted, removed = map(json.loads, printed.splitlines())
    assert fault["remaining"] == 1
    assert failed["error"] == "Service Unavailable"
    assert created["session_id"]
    assert (counted, removed) == ({"count": 1}, {})


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node on this machine")
def test_the_tests_in_node_pass(
    server: AlfredMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (script,) = blocks(section(TESTING, "With Node"), "js")
    monkeypatch.setenv("ALFRED_URL", server.url)
    node_test_passes(tmp_path, TESTING, script, "sessions.test.mjs")


def test_the_services_are_set_as_they_can_be() -> None:
    (document,) = blocks(section(TESTING, "In a compose file"), "yaml")
    services = yaml.safe_load(document)["services"]
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in services["alfred"]["environment"].items()
    }
    assert given.keys() <= Settings.model_fields.keys()
    settings = Settings(_env_file=None, host="0.0.0.0", **given)  # noqa: S104 - as in the image
    assert settings.with_admin
    tests = services["tests"]["environment"]
    assert tests == {URL_VARIABLE: "http://alfred:8000", TOKEN_VARIABLE: settings.admin_token}
