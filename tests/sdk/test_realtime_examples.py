"""The examples of realtime connections in docs/events.md print what it shows."""

import importlib.util
import subprocess
import sys

import pytest

from tests.docs.markdown import blocks, read, section
from tests.sdk.conftest import Served
from tests.sdk.node_sdk import FOLDER

EVENTS = read("docs/events.md")
SECTION = section(EVENTS, "In real time")
SHOWN = blocks(SECTION, "text")
SECONDS = 60


def _example(language: str, served: Served) -> str:
    (example,) = blocks(SECTION, language)
    return example.replace("http://127.0.0.1:8000", served.url)


@pytest.mark.usefixtures("libmagic")
def test_python(served: Served) -> None:
    has_wheel = importlib.util.find_spec("pylibmagic") is not None
    example = ("import pylibmagic\n" if has_wheel else "") + _example("python", served)
    printed = subprocess.check_output(
        [sys.executable, "-W", "ignore", "-c", example], text=True, timeout=SECONDS
    )
    assert printed == SHOWN[0]


def test_javascript(served: Served, node: str) -> None:
    printed = subprocess.check_output(
        [node, "--input-type=module"],
        input=_example("js", served),
        cwd=FOLDER,
        text=True,
        timeout=SECONDS,
    )
    assert printed == SHOWN[1]


def test_dropping_connections(served: Served) -> None:
    lost = section(EVENTS, "Who listens, and connections lost on purpose")
    (block,) = blocks(lost, "console")
    command, shown = block.removeprefix("$ ").splitlines()
    typed = command.replace("http://127.0.0.1:8000", served.url)
    printed = subprocess.check_output(["bash", "-c", typed.replace("curl", "curl -s")], text=True)
    assert printed == shown
