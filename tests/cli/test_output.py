"""Tables for people: aligned, coloured on a terminal, and no wider than it is."""

import re

import pytest

from alfred_mock.core.request_line import request_line
from alfred_mock.core.terminal import cells, padded, plain, shortened
from alfred_mock.testing import Company
from tests.cli.processes import on_a_terminal
from tests.cli.running import Shell

_COLOUR = re.compile(r"\033\[\d+m")
_FIELDS = {
    "at": "12:00:00", "method": "GET", "path": "/a", "query": "b=c", "status": 503,
    "duration_ms": 1_234.0, "caller": "Acme", "fault": "f: status 503", "reason": "why",
}  # fmt: skip


@pytest.fixture
def url(shell: Shell, company: Company) -> str:
    company.fail("/api/" + "long/" * 40, status=503)
    return shell.server.url


def test_a_terminal_gets_colours_and_lines_that_fit(url: str) -> None:
    shown = on_a_terminal("faults", "--url", url, columns=120)
    assert _COLOUR.search(shown)
    lines = [_COLOUR.sub("", line) for line in shown.splitlines()]
    assert max(map(len, lines)) <= 120
    assert any("…" in line for line in lines)


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_colours_are_left_out_where_they_are_not_wanted(
    url: str, variables: dict[str, str]
) -> None:
    assert "\033" not in on_a_terminal("faults", "--url", url, columns=200, **variables)


def test_what_is_no_terminal_gets_all_of_it_in_plain(shell: Shell, url: str) -> None:
    shown = shell.run("faults", NO_COLOR="").stdout
    assert "\033" not in shown
    assert "/api/" + "long/" * 40 in shown


def test_the_columns_are_aligned(shell: Shell, company: Company) -> None:
    company.fail("/api/short", status=500)
    company.fail("/api/much/longer", status=500)
    lines = shell.out("faults", "--company", company.id).splitlines()
    assert len({re.search("EFFECT|status", line).start() for line in lines}) == 1  # type: ignore[union-attr]


def test_what_a_stranger_sent_cannot_move_the_cursor(shell: Shell) -> None:
    made = shell.server.company("A\u202eb")
    shown = shell.out("company", "list")
    assert "\u202e" not in shown
    assert "A\\u202eb" in shown
    made.delete()


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 4, "日…"), ("é", 1, "é"), ("ab", 0, "")],
)
def test_a_text_is_cut_by_columns(text: str, width: int, shown: str) -> None:
    assert shortened(text, width) == shown
    assert cells(shortened(text, width)) <= width


def test_wide_characters_take_two_columns() -> None:
    assert padded("日本", 6) == "日本  "
    assert plain("a\x1b[31m\n") == "a\\x1b[31m\\n"


def test_a_request_is_one_line() -> None:
    line = request_line(_FIELDS, colour=False)
    assert re.split(r"\s{2,}", line) == [
        "12:00:00", "GET", "/a?b=c", "503", "1.23 s", "Acme", "fault f: status 503; why"
    ]  # fmt: skip
    assert _COLOUR.sub("", request_line(_FIELDS, colour=True)) == line
    assert len(request_line(_FIELDS, colour=False, width=30)) == 30


@pytest.mark.parametrize(
    ("status", "colour"), [(200, "32"), (302, "36"), (404, "33"), (503, "31"), (0, "31")]
)
def test_a_status_has_the_colour_that_people_expect(status: int, colour: str) -> None:
    line = request_line({**_FIELDS, "status": status}, colour=True)
    assert f"\033[{colour}m{status:3}\033[0m" in line
