"""No document names a setting, option, target, file or place that does not exist."""

import re
import shlex
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from alfred_mock.cli import main
from alfred_mock.core.settings import Settings, variable_of
from tests.docs.markdown import DOCUMENTS, ROOT, anchors, blocks, links, read, targets

# Read by the tests themselves, by the pytest plugin, and by commands that speak to a server.
NOT_SETTINGS = {
    "ALFRED_MOCK_URL",
    "ALFRED_MOCK_TEST_POSTGRES_URL",
    "ALFRED_MOCK_TEST_URL",
    "ALFRED_MOCK_TEST_FAST_PATH",
    "ALFRED_MOCK_TEST_ADMIN_TOKEN",
}

# Shown to be refused.
NO_SETTING = "ALFRED_MOCK_DATABASE_URI"

_SOURCES = {".py", ".yaml", ".yml", ".conf", ".json"}
_PAGE = re.compile(r"\b((?:docs/[\w/-]+|README|CONTRIBUTING)\.md)(?:#([\w-]+))?")
# No release exists yet: by its name, pip would find nothing, or somebody else's package.
_FROM_AN_INDEX = re.compile(r"pip install (?:-\S+ )*[\"']?alfred-mock\b.*")

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
        found
        for block in blocks(text, "sh")
        for found in re.findall(r"^make ([a-z-]+)", block, re.M)
    ]
    assert set(named) <= targets()


def _commands_in(text: str) -> list[list[str]]:
    """The arguments of each `alfred-mock` that a reader is told to type."""
    spoken = re.findall(r"`([^`\n]+)`", text)
    typed = "".join(
        content for language in ("sh", "console", "yaml") for content in blocks(text, language)
    ).splitlines()
    found = []
    for line in [*spoken, *typed]:
        command = re.match(r" *(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S+/)?alfred-mock (.+)", line)
        if command is not None:
            found.append(shlex.split(command[1]))
    return found


@each_document
def test_no_command_or_option_is_made_up(document: Path) -> None:
    for words in _commands_in(document.read_text(encoding="utf-8")):
        command: click.Command = main
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            assert words[0] in command.commands, words
            command = command.commands[words.pop(0)]
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


def _is_source(path: Path) -> bool:
    """Whether it is ours: what has been installed for benchmarks is in a hidden folder."""
    hidden = any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    return path.suffix in _SOURCES and not hidden


def test_every_page_that_the_source_names_exists() -> None:
    places = ["Makefile", "Dockerfile", "docker-compose.yml", "pyproject.toml"]
    folders = ["app", "deploy", "examples", "migrations", "benchmarks"]
    found = [ROOT / name for name in places]
    for folder in folders:
        found += [path for path in (ROOT / folder).rglob("*") if _is_source(path)]
    named = 0
    for path in found:
        for name, fragment in _PAGE.findall(path.read_text(encoding="utf-8")):
            named += 1
            assert (ROOT / name).is_file(), (path, name)
            assert not fragment or fragment in anchors(read(name)), (path, name, fragment)
    assert named > 5


def test_every_page_is_in_the_contents() -> None:
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    listed = {(ROOT / "docs" / link).resolve() for link in links(contents)}
    pages = {path for path in ROOT.glob("docs/*.md") if path.name != "README.md"}
    assert pages - listed == set()


@each_document
def test_nobody_is_told_to_install_what_no_index_has(document: Path) -> None:
    assert not _FROM_AN_INDEX.findall(document.read_text(encoding="utf-8"))


def test_no_message_tells_to_install_what_no_index_has() -> None:
    for path in (ROOT / "app").rglob("*.py"):
        assert not _FROM_AN_INDEX.findall(path.read_text(encoding="utf-8")), path


@each_document
def test_every_file_that_is_named_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    top = r"(?:app|docs|examples|migrations|requirements|tests|benchmarks)"
    for name in re.findall(rf"`({top}/[\w./*-]+)`", text):
        assert list(ROOT.glob(name.rstrip("/"))), name
    for name in re.findall(r"`((?:core|auth|alfred|control)/[\w./*-]*)`", text):
        assert (ROOT / "app" / "alfred_mock" / name).exists(), name
