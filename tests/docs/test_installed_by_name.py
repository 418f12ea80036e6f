"""Nothing is installed by name from an index: no release exists, so it could be anybody's."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

TEXTS = (".md", ".py", ".yml", ".yaml", ".ts", ".mjs", ".toml", ".html", "Dockerfile", "Makefile")
BY_NAME = re.compile(
    r"(?:pip3? install|pipx (?:install|run)|uvx?|uv (?:add|tool install)|npm (?:i|install|add)|npx)"
    r"(?: +(?:-\S+|['\"]?[\w.=<>-]+['\"]?))*? +['\"]?alfred-mock(?!/)\b"
)


def test_no_text_does_so() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    names = {name for name in listed.stdout.split("\0") if name.endswith(TEXTS)}
    names -= {str(Path(__file__).relative_to(ROOT))}  # it has what must be found
    assert len(names) > 100
    for name in names:
        text = (ROOT / name).read_text("utf-8") if (ROOT / name).is_file() else ""
        assert not BY_NAME.search(text), name


@pytest.mark.parametrize(
    "text",
    [
        "pip install alfred-mock",
        "pip install 'alfred-mock[s3]'",
        "pip install -q pytest alfred-mock==1.0",
        "uvx alfred-mock serve",
        "npm install --save-dev alfred-mock-client",
        "npx alfred-mock-client",
    ],
)
def test_who_does_so_is_found(text: str) -> None:
    assert BY_NAME.search(text)
    assert not BY_NAME.search(text.replace("alfred-mock", "./alfred-mock"))
