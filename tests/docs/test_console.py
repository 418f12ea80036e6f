"""What docs/console.md says of the console is true."""

import re

from alfred_mock.control import event_stream
from alfred_mock.control.browsers import COOKIE_SECONDS
from alfred_mock.control.console import login
from alfred_mock.control.console.requests import PAGE_ROWS
from tests.docs.markdown import ROOT, read

CONSOLE = read("docs/console.md")
_MOST_BYTES = 200_000


def test_its_figures_are_those_of_the_code() -> None:
    for said in (
        f"the newest {PAGE_ROWS} are shown",
        f"A process has {event_stream.MOST_STREAMS} streams at\nmost",
        f"every {event_stream.KEEP_ALIVE_SECONDS:.0f} seconds",
        f"nothing for {event_stream.SLOW_SECONDS:.0f} seconds",
    ):
        assert said in CONSOLE
    assert (login.ATTEMPTS, COOKIE_SECONDS) == (10, 12 * 3_600)  # ten, and half a day


def test_its_pictures_are_small_and_described() -> None:
    pictures = re.findall(r"!\[([^\]]+)\]\((screenshots/[\w-]+\.png)\)", CONSOLE)
    assert {path for _, path in pictures} == {
        f"screenshots/{path.name}" for path in (ROOT / "docs" / "screenshots").iterdir()
    }
    for _, path in pictures:
        picture = (ROOT / "docs" / path).read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) < _MOST_BYTES
