"""What a person reads on a terminal: colours, widths, and text that cannot move the cursor."""

import os
import shutil
import unicodedata
from typing import TextIO

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def has_colour(stream: TextIO) -> bool:
    """Whether colours are shown there: on a terminal, unless `NO_COLOR` says otherwise."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def width_of(stream: TextIO) -> int | None:
    """How many characters a line of the terminal has; None where it is none, and has no end."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def coloured(text: str, colour: str | None) -> str:
    """The text in a colour, which must be one of those above."""
    return text if colour is None or not text else f"\033[{_CODES[colour]}m{text}\033[0m"


def plain(text: str) -> str:
    """The text without characters that a terminal obeys: what is shown is what a stranger sent."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(each) for each in text)


def _cells_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, so that it takes at least so many columns."""
    return text + " " * (width - cells(text))


def shortened(text: str, width: int) -> str:
    """The text, or its beginning and a mark, so that it takes at most so many columns."""
    if cells(text) <= width:
        return text
    kept, taken = "", 0
    for each in text:
        taken += _cells_of(each)
        if taken > width - 1:
            break
        kept += each
    return f"{kept}…" if width > 0 else ""


def write_line(stream: TextIO, text: str) -> None:
    """Write a line at once; what the stream cannot encode is escaped."""
    encoding = stream.encoding or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(f"{shown}\n")
    stream.flush()
