"""The recipes in docs/recipes that need more than one file, or another tool, work as they stand.

They are django.md, docker-compose.md, github-actions.md, node.md, playwright.md, testcontainers.md
and unittest.md.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from alfred_mock.core.settings import PREFIX, Settings
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE
from tests.docs.examples import Example, examples_of, write
from tests.docs.markdown import ROOT
from tests.docs.transcripts import SECONDS
from tests.npm import installed_node
from tests.testing.runs import WITHOUT

HERE = Path(__file__).parent

DJANGO_SETTINGS = """
SECRET_KEY = "for tests alone"
ROOT_URLCONF = "invoices"
STATIC_URL = "static/"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""
"""What a project has of its own."""


def _recipe(name: str) -> list[Example]:
    return examples_of(f"docs/recipes/{name}.md")


def _named(recipe: str, name: str) -> str:
    (found,) = (each.text for each in _recipe(recipe) if each.name == name)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with `bin/alfred-mock`, the command of the code that is tested."""
    command = tmp_path / "bin" / "alfred-mock"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m alfred_mock "$@"\n', "utf-8")
    command.chmod(0o755)
    return tmp_path


def _run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "ALFRED_URL"}
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=folder,
        env={**inherited, "PATH": path, "no_proxy": "127.0.0.1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )


def _free_ports(count: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_unittest(folder: Path) -> None:
    write(folder, _recipe("unittest"))
    done = _run(folder, sys.executable, "-W", "error", "-m", "unittest")
    assert done.returncode == 0, done.stdout
    assert "Ran 1 test " in done.stdout


def test_django(folder: Path) -> None:
    pytest.importorskip("django", reason="Django is not installed here")
    write(folder, _recipe("django"))
    (folder / "project.py").write_text(DJANGO_SETTINGS, "utf-8")
    done = _run(folder, sys.executable, "-m", "django", "test", "--settings=project")
    assert done.returncode == 0, done.stdout
    assert "Ran 3 tests " in done.stdout


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node on this machine")
def test_node_starts_a_server_of_its_own(folder: Path) -> None:
    write(folder, _recipe("node"))
    done = _run(folder, "node", "--test", "sessions.test.mjs")
    assert done.returncode == 0, done.stdout
    assert re.search(r"pass 1\b", done.stdout)


def test_playwright(folder: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    installed_node(HERE / "playwright")
    (folder / "node_modules").symlink_to(HERE / "playwright" / "node_modules")
    write(folder, _recipe("playwright"))
    alfred, app = _free_ports(2)
    for name in ("playwright.config.mjs", "sessions.spec.mjs"):
        text = (folder / name).read_text("utf-8").replace("8000", alfred).replace("3000", app)
        launched = f'executablePath: "{chromium}", args: ["--no-sandbox"]'
        text = text.replace("baseURL: app", f"baseURL: app, launchOptions: {{ {launched} }}")
        (folder / name).write_text(text, "utf-8")
    done = _run(folder, "node", "node_modules/@playwright/test/cli.js", "test", "--reporter=line")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


CONTAINER = """
import os
import subprocess
import sys


class LogMessageWaitStrategy:
    def __init__(self, message):
        self.message = message


class DockerContainer:
    def __init__(self, image):
        assert image == "alfred-mock"
        self._environment = {"ALFRED_MOCK_HOST": "0.0.0.0", "ALFRED_MOCK_PORT": "0"}

    def with_env(self, name, value):
        self._environment[name] = value
        return self

    def with_exposed_ports(self, port):
        assert port == 8000
        return self

    def waiting_for(self, strategy):
        self._message = strategy.message
        return self

    def __enter__(self):
        command = [sys.executable, "-m", "alfred_mock", "serve"]
        environment = {**os.environ, **self._environment}
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True
        )
        line = self._process.stdout.readline()
        assert self._message in line
        self._port = line.strip().rpartition(":")[2]

    def __exit__(self, *_):
        self._process.terminate()
        self._process.communicate()

    def get_container_host_ip(self):
        return "127.0.0.1"

    def get_exposed_port(self, port):
        return self._port
"""
"""What Testcontainers does with the image, done with a process: its settings are the image's."""


def test_testcontainers(pytester: pytest.Pytester) -> None:
    write(pytester.path, _recipe("testcontainers"))
    core = pytester.mkpydir("testcontainers") / "core"
    core.mkdir()
    for name in ("__init__", "container", "wait_strategies"):
        (core / f"{name}.py").write_text(CONTAINER if name != "__init__" else "", "utf-8")
    result = pytester.runpytest_subprocess(
        *("-W", "error", "-p", "no:cacheprovider", *WITHOUT), timeout=SECONDS
    )
    result.assert_outcomes(passed=1)


def _assert_served(environment: dict[str, Any]) -> Settings:
    """What the image makes of these variables: a server with a control API."""
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items()}
    assert given.keys() <= Settings.model_fields.keys()
    settings = Settings(_env_file=None, host="0.0.0.0", **given)  # noqa: S104 - as in the image
    assert settings.with_admin
    return settings


def test_the_containers_of_a_compose_file_find_each_other() -> None:
    services = yaml.safe_load(_named("docker-compose", "compose.yaml"))["services"]
    settings = _assert_served(services["alfred"]["environment"])
    tests = services["tests"]["environment"]
    assert tests == {URL_VARIABLE: "http://alfred:8000", TOKEN_VARIABLE: settings.admin_token}


def test_a_service_of_a_workflow_is_found_by_the_tests() -> None:
    job = yaml.safe_load(_named("github-actions", ".github/workflows/service.yml"))["jobs"]["tests"]
    service = job["services"]["alfred"]
    settings = _assert_served(service["env"])
    assert job["env"] == {
        URL_VARIABLE: "http://127.0.0.1:8000",
        TOKEN_VARIABLE: settings.admin_token,
    }
    assert service["ports"] == ["8000:8000"]


def test_a_workflow_installs_what_it_has_checked_out() -> None:
    job = yaml.safe_load(_named("github-actions", ".github/workflows/tests.yml"))["jobs"]["tests"]
    paths = [step["with"]["path"] for step in job["steps"] if "path" in step.get("with", {})]
    (install,) = (step["run"] for step in job["steps"] if "pip" in step.get("run", ""))
    assert install.split()[:3] == ["pip", "install", f"./{paths[0]}"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_the_commands_of_a_workflow_start_a_server(folder: Path) -> None:
    (port,) = _free_ports(1)
    steps = yaml.safe_load(_named("github-actions", "steps.yml"))
    script = "\n".join(step["run"].rstrip("\n") for step in steps).replace("8000", port)
    done = _run(folder, "bash", "-ec", f"trap 'kill $!' EXIT\n{script}")
    assert done.returncode == 0, done.stdout
    assert '"api_key"' in done.stdout


def test_the_list_says_of_each_recipe_whether_it_is_executed() -> None:
    index = (ROOT / "docs/recipes/README.md").read_text("utf-8")
    for path in (ROOT / "docs/recipes").glob("[a-z]*.md"):
        assert f"({path.name})" in index
        first = path.read_text("utf-8").split("\n\n")[1]
        assert re.match(r"\*.*(Executed|tests of this project)", first), path
