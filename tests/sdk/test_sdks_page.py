"""The examples of docs/sdks.md with the official clients print what it shows."""

import importlib.util
import re
import subprocess
import sys

import pytest

from tests.docs.markdown import blocks, read
from tests.sdk.conftest import Served
from tests.sdk.node_sdk import FOLDER

PAGE = read("docs/sdks.md")
SHOWN = blocks(PAGE, "text")
SECONDS = 60

_VARIES = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+")
# On the shared server the file may be the second of its name.
_NUMBER = re.compile(r"-\d+(?=\.pdf$)", re.MULTILINE)


def _example(language: str, served: Served) -> str:
    (example,) = blocks(PAGE, language)
    return example.replace("http://127.0.0.1:8000", served.url)


def _without_what_varies(printed: str) -> str:
    return _NUMBER.sub("", _VARIES.sub("…", printed))


@pytest.mark.usefixtures("libmagic")
def test_python(served: Served) -> None:
    has_wheel = importlib.util.find_spec("pylibmagic") is not None
    example = ("import pylibmagic\n" if has_wheel else "") + _example("python", served)
    printed = subprocess.check_output(
        [sys.executable, "-W", "ignore", "-c", example], text=True, timeout=SECONDS
    )
    assert _without_what_varies(printed) == _without_what_varies(SHOWN[0])


def test_javascript(served: Served, node: str) -> None:
    printed = subprocess.check_output(
        [node, "--input-type=module"],
        input=_example("js", served),
        cwd=FOLDER,
        text=True,
        timeout=SECONDS,
    )
    assert _without_what_varies(printed) == _without_what_varies(SHOWN[1])
