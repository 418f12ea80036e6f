"""A wheel in an environment of its own, used as somebody would who has just installed it."""

import json
import os
import re
import subprocess
import tomllib
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.packaging.building import ROOT
from tests.support import API_KEY

_PAGES = ("/docs", "/docs/files/swagger-ui-bundle.js", "/redoc", "/__admin/docs", "/__admin/")
_IMPORTS = {"s3": "s3fs", "realtime": "wsproto", "otel": "opentelemetry.sdk"}


def check_session(folder: Path, wheel: Path) -> None:
    """Installed with the pins, it serves from an empty folder: a session, a file, the pages.

    Raises:
        AssertionError, CalledProcessError, OSError: it does not.
    """
    python = environment(folder / "installed")
    pip(python, "--require-hashes", "-r", str(ROOT / "requirements" / "runtime.txt"))
    pip(python, "--no-deps", str(wheel))
    _run([str(python), "-m", "pip", "check"], folder)
    command = python.with_name("alfred-mock")
    empty = folder / "empty"
    empty.mkdir()
    assert wheel.name.split("-")[1] in _run([str(command), "--version"], empty)
    assert "companies:" in _run([str(command), "example", "documented"], empty)
    with serving(command, empty) as url:
        made = _ask(f"{url}/api/deferred/create", b"")
        shown = _ask(f"{url}/api/deferred/detail/{json.loads(made)['session_id']}")
        assert json.loads(shown)["status"] == "open", shown
        for page in _PAGES:
            assert _ask(url + page), page


def check_extras(folder: Path, wheel: Path) -> None:
    """Installed with its extras, without pins, it finds what each of them is for.

    Raises:
        AssertionError, CalledProcessError: it does not.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = {name for name, needs in project["optional-dependencies"].items() if needs}
    assert extras == _IMPORTS.keys(), "each extra is imported here"
    python = environment(folder / "with-extras")
    pip(python, f"{wheel}[{','.join(sorted(extras))}]")
    for module in _IMPORTS.values():
        _run([str(python), "-c", f"import alfred_mock, {module}"], folder)


def environment(folder: Path) -> Path:
    """The Python of a new, empty environment."""
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


def pip(python: Path, *arguments: str) -> None:
    """Install something there."""
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    _run([str(python), "-m", "pip", "install", *options, *arguments], python.parent)


@contextmanager
def serving(command: Path, folder: Path) -> Iterator[str]:
    """A server that runs in a folder; its URL."""
    options = ["serve", "--port", "0"]
    process = subprocess.Popen(
        [str(command), *options],
        cwd=folder,
        env=_clean(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"Listening on (\S+)\n", line)
        assert found, f"said {line!r}"
        yield found[1]
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode in (0, -15), process.returncode


def _ask(url: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(url, body, {"X-TagshelfAPI-Key": API_KEY})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        content: bytes = answer.read()
    return content


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=_clean(), check=True, capture_output=True, text=True
    )
    return done.stdout


def _clean() -> dict[str, str]:
    """This environment without what would let the sources be found, or change what is served."""
    ours = ("PYTHONPATH", "ALFRED_MOCK_", "OTEL_", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
