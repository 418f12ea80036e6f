"""Answers for people: tables, and the members of one thing."""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from alfred_mock.core.request_line import joined
from alfred_mock.core.terminal import (
    cells,
    has_colour,
    padded,
    plain,
    shortened,
    width_of,
    write_line,
)

_LEAST = 12
"""A column that gives way keeps so many characters."""


class Column(NamedTuple):
    """A column of a table."""

    heading: str
    text_of: Callable[[Any], Any]
    colour_of: Callable[[Any], str | None] = lambda _: None
    is_number: bool = False
    gives_way: bool = False
    """Whether it is cut where the terminal has too few columns for all of them."""


def print_table(rows: Iterable[Any], columns: Sequence[Column]) -> None:
    """Print rows under headings, aligned; on a terminal in colours, and no wider than it is."""
    rows = list(rows)
    if not rows:
        write_line(sys.stdout, "none")
        return
    texts = [[text(column.text_of(row)) for column in columns] for row in rows]
    widths = [
        max(cells(column.heading), *(cells(line[index]) for line in texts))
        for index, column in enumerate(columns)
    ]
    width = width_of(sys.stdout)
    if width is not None:
        _give_way(widths, columns, width)
    colour = has_colour(sys.stdout)
    headings = [(column.heading, "bold") for column in columns]
    _print_row(headings, columns, widths, colour=colour, width=width)
    for row, line in zip(rows, texts, strict=True):
        cells_of_row = [
            (shown, column.colour_of(row)) for shown, column in zip(line, columns, strict=True)
        ]
        _print_row(cells_of_row, columns, widths, colour=colour, width=width)


def _give_way(widths: list[int], columns: Sequence[Column], width: int) -> None:
    missing = sum(widths) + 2 * (len(widths) - 1) - width
    for index in sorted(range(len(widths)), key=lambda index: -widths[index]):
        if missing > 0 and columns[index].gives_way:
            given = min(missing, max(0, widths[index] - _LEAST))
            widths[index] -= given
            missing -= given


def _print_row(
    row: Sequence[tuple[str, str | None]],
    columns: Sequence[Column],
    widths: Sequence[int],
    *,
    colour: bool,
    width: int | None,
) -> None:
    parts = []
    for (shown, its_colour), column, room in zip(row, columns, widths, strict=True):
        fitting = shortened(shown, room)
        spaces = " " * (room - cells(fitting))
        parts.append((spaces + fitting if column.is_number else padded(fitting, room), its_colour))
    write_line(sys.stdout, joined(parts, colour=colour, width=width))


def print_members(members: Iterable[tuple[str, Any]]) -> None:
    """Print the members of one thing, a line each."""
    shown = [(name, text(value)) for name, value in members]
    room = max((cells(name) for name, _ in shown), default=0)
    colour = has_colour(sys.stdout)
    for name, value in shown:
        line = joined([(padded(name, room), "dim"), (value, None)], colour=colour, width=None)
        write_line(sys.stdout, line)


def print_line(said: str) -> None:
    """Print a sentence."""
    write_line(sys.stdout, plain(said))


def text(value: Any) -> str:
    """A value as people read it; nothing is a hyphen."""
    if value is None or value == "" or value == [] or value == {}:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(text(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{plain(str(name))}={text(item)}" for name, item in value.items())
    return plain(str(value))
