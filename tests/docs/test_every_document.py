"""No document names a setting, option, target, file or place that does not exist."""

import re
import shlex
import subprocess
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from alfred_mock.cli import main
from alfred_mock.core.settings import Settings, variable_of
from tests.docs.markdown import DOCUMENTS, ROOT, anchors, blocks, links, read, targets

# Read by the tests themselves, and by the pytest plugin.
NOT_SETTINGS = {
    "ALFRED_MOCK_TEST_POSTGRES_URL",
    "ALFRED_MOCK_TEST_URL",
    "ALFRED_MOCK_TEST_ADMIN_TOKEN",
}

# Shown to be refused.
NO_SETTING = "ALFRED_MOCK_DATABASE_URI"

TEXTS = (".md", ".py", ".yml", ".yaml", ".ts", ".mjs", ".toml", ".html", "Dockerfile", "Makefile")
BY_NAME = re.compile(
    r"(?:pip3? install|pipx (?:install|run)|uvx?|uv (?:add|tool install)|npm (?:i|install|add)|npx)"
    r"(?: +(?:-\S+|['\"]?[\w.=<>-]+['\"]?))*? +['\"]?alfred-mock(?!/)\b"
)
each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


@each_document
def test_no_setting_is_made_up(document: Path) -> None:
    named = set(re.findall(r"ALFRED_MOCK_[A-Z_]+[A-Z]", document.read_text(encoding="utf-8")))
    known = {variable_of(field) for field in Settings.model_fields}
    assert named - known - NOT_SETTINGS - {NO_SETTING} == set()


@each_document
def test_no_target_of_make_is_made_up(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"(?:`|^|\s)make (?:PYTHON=\S+ )?([a-z-]+)`", text)
    named += [
        found for block in blocks(text, "sh") for found in re.findall(r"^make ([a-z-]+)", block, re.M)
    ]
    assert set(named) <= targets()


def _commands_in(text: str) -> list[list[str]]:
    """The arguments of each `alfred-mock` that a reader is told to type."""
    spoken = re.findall(r"`([^`\n]+)`", text)
    typed = "".join([*blocks(text, "sh"), *blocks(text, "console")]).splitlines()
    found = []
    for line in [*spoken, *typed]:
        command = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S+/)?alfred-mock (.+)", line)
        if command is not None:
            found.append(shlex.split(command[1]))
    return found


@each_document
def test_no_command_or_option_is_made_up(document: Path) -> None:
    for words in _commands_in(document.read_text(encoding="utf-8")):
        command: click.Command = main
        if not words[0].startswith("-"):
            assert words[0] in main.commands, words
            command = main.commands[words.pop(0)]
        known = {option for item in command.params for option in (*item.opts, *item.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known, words


def test_the_commands_are_found_where_they_are() -> None:
    found = _commands_in(read("docs/command-line.md"))
    assert {words[0] for words in found} >= {*main.commands, "--version"}
    assert ["ready", "--wait", "--timeout", "30", "--port", "8000"] in found


@each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in links(document.read_text(encoding="utf-8")):
        if link.startswith(("https://", "http://")):
            continue
        path, _, fragment = unquote(link).partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        if fragment:
            assert fragment in anchors(target.read_text(encoding="utf-8")), link


@each_document
def test_every_file_that_is_named_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    top = r"(?:app|docs|examples|migrations|requirements|tests|benchmarks)"
    for name in re.findall(rf"`({top}/[\w./*-]+)`", text):
        assert list(ROOT.glob(name.rstrip("/"))), name
    for name in re.findall(r"`((?:core|auth|alfred|control)/[\w./*-]*)`", text):
        assert (ROOT / "app" / "alfred_mock" / name).exists(), name


def test_nothing_is_installed_by_name_from_an_index() -> None:
    """No release is published: a name that is free could be anybody's."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    names = {name for name in listed.stdout.split("\0") if name.endswith(TEXTS)}
    names -= {"tests/docs/test_every_document.py"}  # which has what must be found
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
def test_an_installation_by_name_is_found(text: str) -> None:
    assert BY_NAME.search(text)
    assert not BY_NAME.search(text.replace("alfred-mock", "./alfred-mock"))
