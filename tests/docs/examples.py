"""What the examples of a page are, and who executes each."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.docs.markdown import DOCUMENTS, ROOT, code_blocks
from tests.docs.transcripts import SHOWN_DATABASE, typed_in

PRINTED = {"text", "json"}
"""Blocks that show what is printed; all others are examples, which a reader executes or uses."""

_NAME = re.compile(r"(?:#|//) ([\w./-]+\.\w+)\n")
_PYTEST, _NODE = re.compile(r"(?:test_\w+|conftest)\.py"), re.compile(r"[\w-]+\.test\.mjs")


@dataclass(frozen=True)
class Example:
    """A code block of a page."""

    page: str
    language: str
    text: str

    @property
    def name(self) -> str:
        """The file that its first line says it is, or nothing."""
        found = _NAME.match(self.text)
        return found[1] if found else ""

    @property
    def first_line(self) -> str:
        """What it is known by in the list of those that are not executed with the others."""
        return self.text.partition("\n")[0]

    @property
    def is_for_pytest(self) -> bool:
        return self.language == "python" and bool(_PYTEST.fullmatch(self.name))

    @property
    def is_for_node(self) -> bool:
        return self.language == "js" and bool(_NODE.fullmatch(self.name))


@cache
def examples_of(page: str) -> list[Example]:
    """All examples of a page, which is named by its path in the project."""
    text = (ROOT / page).read_text("utf-8")
    return [
        Example(page, language, content)
        for language, content in code_blocks(text)
        if language not in PRINTED
    ]


PAGES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
EXAMPLES = [example for page in PAGES for example in examples_of(page)]


def needs_postgres(examples: list[Example]) -> bool:
    """Whether one of them types the URL of a PostgreSQL database."""
    return any(SHOWN_DATABASE in example.text for example in examples)


def files_for(transcripts: list[Example], examples: list[Example]) -> list[Example]:
    """Those that are files which the commands of the page name."""
    typed = " ".join(command for example in transcripts for command, _ in typed_in(example.text))
    return [each for each in examples if each.name and each.name in re.split(r"[\s'()]", typed)]


def write(folder: Path, files: list[Example]) -> None:
    """Put each under its name into a folder."""
    for example in files:
        path = folder / example.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example.text, "utf-8")
