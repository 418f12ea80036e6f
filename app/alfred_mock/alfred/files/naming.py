"""The names of files: which are accepted, how they are made unique, how they are sent."""

import os.path
import re
import unicodedata
from urllib.parse import quote

from alfred_mock.core.errors import BadRequest

LONGEST_NAME = 255

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NUMBERS_BACKWARDS = re.compile(r"(?:[0-9]++-)*+")
_PRINTABLE = re.compile(r"[ -~]*")
# The Python SDK leaves quotes escaped or drops them at the ends, and misreads the others.
_MISREAD_IN_QUOTES = re.compile(r"[\"\\]|^'|'$|filename[=*]")


def content_disposition(name: str) -> str:
    """The value of `Content-Disposition` for a download, in a form that every known client reads.

    The official JavaScript SDK takes all that follows `filename=` as it is, so a name that can
    do without quotes has none. The Python SDK drops quotes at the ends, and reads `filename*`
    if there is one (SDK); so does every browser (RFC 6266).
    """
    if _TOKEN.fullmatch(name):
        return f"attachment; filename={name}"
    if _PRINTABLE.fullmatch(name) and not _MISREAD_IN_QUOTES.search(name):
        return f'attachment; filename="{name}"'
    fallback = re.sub(r"[^ -~]", "_", name)
    quoted = re.sub(r'(["\\])', r"\\\1", fallback)
    encoded = quote(name, safe="", errors="replace")
    return f"attachment; filename=\"{quoted}\"; filename*=UTF-8''{encoded}"


def clean_name(raw: str) -> str:
    """The name that a file is stored under: the given one without folders.

    Raises:
        BadRequest: nothing is left, or the name cannot be stored and sent.
    """
    name = re.split(r"[/\\]", raw)[-1]
    if not name.strip() or name in {".", ".."}:
        raise BadRequest("A file must have a name.")
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise BadRequest("The name of a file must not have control characters.")
    if any(unicodedata.category(character) == "Cs" for character in name):
        raise BadRequest("The name of a file must be valid Unicode.")
    if len(name) > LONGEST_NAME:
        raise BadRequest(f"The name of a file must not be longer than {LONGEST_NAME} characters.")
    return name


def numbered(name: str, number: int) -> str:
    """The name for the file that comes `number` others after the first of that name (captured)."""
    stem, extension = os.path.splitext(name)
    return f"{stem}-{number}{extension}" if number else name


def unnumbered(name: str) -> str:
    """The name without any numbers; two names that numbering can make equal share it."""
    stem, extension = os.path.splitext(name)
    # Read backwards, since a search would begin anew at each number.
    numbers = _NUMBERS_BACKWARDS.match(stem[::-1])
    length = numbers.end() if numbers else 0
    return stem[: len(stem) - length] + extension


def stem_of(name: str) -> str:
    """The name without its extension."""
    return os.path.splitext(name)[0]
