"""Reads what the project's documents say: tables, code blocks, links."""

import re
from enum import Enum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks/README.md"])

_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def read(name: str) -> str:
    """A document, by its path in the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def code_blocks(text: str) -> list[tuple[str, str]]:
    """The language and the contents of each code block, in order."""
    return [(found[2], found[3]) for found in _BLOCK.finditer(text)]


def blocks(text: str, language: str) -> list[str]:
    """The contents of the code blocks in a language."""
    return [content for written_in, content in code_blocks(text) if written_in == language]


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    # What looks like a heading in an example is a comment.
    outline = _BLOCK.sub(lambda block: block[0].replace("#", "-"), text)
    (found,) = re.finditer(rf"^#+ {re.escape(heading)}\n", outline, re.MULTILINE)
    after = re.compile(r"^#+ ", re.MULTILINE).search(outline, found.end())
    return text[found.end() : after.start() if after else None]


def rows(text: str) -> list[list[str]]:
    """The rows of all tables in a text, heads included, cell by cell."""
    lines = [line for line in text.splitlines() if line.startswith("|") and "|---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def code_in(cell: str) -> list[str]:
    """What a table's cell has in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def targets() -> set[str]:
    """The targets of the Makefile that are meant to be typed."""
    return set(re.findall(r"^([a-z-]+):.* ## ", read("Makefile"), re.MULTILINE))


def links(text: str) -> list[str]:
    """The targets of all links."""
    return _LINK.findall(_BLOCK.sub("", text))


def anchors(text: str) -> set[str]:
    """The fragments that a document's headings can be linked to by."""
    headings = _HEADING.findall(_BLOCK.sub("", text))
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def shown_default(value: Any) -> str:
    """A default as a table shows it."""
    if value in (None, ()):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"
