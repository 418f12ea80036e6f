"""What the README shows of the first start is what is printed."""

import re

from alfred_mock.control.demo import banner
from alfred_mock.core.database import MIGRATIONS
from tests.docs.markdown import DOCUMENTS, blocks, read, section

README = read("README.md")
MOST_LINES = 250


def test_what_make_run_prints_is_what_the_server_prints() -> None:
    shown = blocks(section(README, "Install"), "text")[0]
    assert "Listening on http://127.0.0.1:8000\n" + banner("http://127.0.0.1:8000") in shown
    said = re.findall(r"== .+", shown)
    assert len(said) == 2
    assert all(f'@echo "{line}"' in read("Makefile") for line in said)


def test_it_stays_short() -> None:
    assert len(README.splitlines()) <= MOST_LINES


def test_the_revision_shown_is_the_newest() -> None:
    for page in DOCUMENTS:
        shown = re.findall(r"(?:schema is at|head is) (\d+)", page.read_text("utf-8"))
        assert set(shown) <= {MIGRATIONS.head}, page
