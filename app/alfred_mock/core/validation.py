"""Words for invalid input; all checks of input use them."""

from collections.abc import Iterable, Mapping
from typing import Any

_LONGEST_NAME = 100
_LIKENESS = 0.5
"""From here on two names are taken for one that was mistyped."""


def what_is_known(name: str, known: Iterable[str], mark: str = "") -> str:
    """What to say of a name that is not known: the nearest that is, or all if none is like it.

    `mark` is put around each name; there must be a known one.
    """
    from difflib import get_close_matches

    known = list(known)
    # Comparing takes the square of the length, and the name may be a stranger's.
    near = get_close_matches(name[:_LONGEST_NAME], known, n=1, cutoff=_LIKENESS)
    marked = [f"{mark}{each}{mark}" for each in near or known]
    if near or len(known) == 1:
        return f"the nearest is {marked[0]}"
    return f"known are {', '.join(marked[:-1])} and {marked[-1]}"


def hint(name: str, known: Iterable[str]) -> str:
    """The end of a complaint that a name is not known; empty where there is no name at all."""
    known = list(known)
    return f"; {what_is_known(name, known)}" if known else ""


def other_spelling(given: Iterable[str], documented: Iterable[str]) -> tuple[str, str] | None:
    """The first name that is a documented one in another spelling, and that one."""
    plain = {name.lower().replace("_", ""): name for name in documented}
    for name in given:
        meant = plain.get(name.lower().replace("_", ""), name)
        if meant != name:
            return name, meant
    return None


def message_of(error: Mapping[str, Any]) -> str:
    """A validation error's own message, from pydantic or from a validator of ours."""
    message: str = error["msg"]
    return message.removeprefix("Value error, ")


def in_plain_words(error: Mapping[str, Any]) -> str:
    """A validation error's message, to be put behind the name of the field."""
    message = message_of(error)
    if error["type"] == "missing":
        return "is required"
    if error["type"] == "string_pattern_mismatch":
        return "is not in the right form, or has characters that are not accepted"
    if message.startswith("Input should "):
        message = f"must {message.removeprefix('Input should ')}"
    return message[:1].lower() + message[1:]


def place_of(error: Mapping[str, Any]) -> str:
    """Where the error is, as names joined by dots; empty for the whole."""
    return ".".join(str(part) for part in error["loc"])
