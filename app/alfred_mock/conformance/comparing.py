"""Compares the shape of a real answer with that of the double's, aspect by aspect."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alfred_mock.conformance.shapes import ABSENT, DATE, ID, OR, WORD, WORDS


class Verdict(StrEnum):
    """What a comparison has shown; the later ones outweigh the earlier ones."""

    SKIPPED = "skipped"
    CANNOT_TELL = "cannot tell"
    CONFIRMED = "confirmed"
    MORE = "more"
    DIFFERS = "differs"


ORDER = list(Verdict)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    aspect: str
    """Such as `status`, `members` or `header.allow`."""
    verdict: Verdict
    there: str
    """What the real answer has, with the place in it."""
    here: str
    """What the double's has."""


def worst(verdicts: list[Verdict]) -> Verdict:
    """The one that outweighs the others."""
    return max(verdicts, key=ORDER.index)


def compare(
    there: Mapping[str, Any],
    here: Mapping[str, Any],
    *,
    words: Mapping[str, frozenset[str]],
    is_own: bool = True,
) -> list[Finding]:
    """What two shapes have in common and in what they differ.

    `is_own` says that both answers are about things that the same requests have made, so that
    their words must be the same. Of other things, any word that the double knows will do. What
    `there` lacks, as published answers lack headers, is not compared.
    """
    findings = []
    if "status" in there:
        findings.append(_of("status", f"{there['status']}", f"{here['status']}"))
    if "headers" in there:
        findings += _headers(there["headers"], here["headers"])
    if there.get("status", here["status"]) != here["status"]:
        return findings  # bodies of different statuses cannot be alike
    for name, fact in here.get("facts", {}).items():
        findings.append(_of(name, there.get("facts", {}).get(name, ABSENT), fact))
    if "body" in here and "body" in there:
        findings += _Bodies(words, is_own).compare(there["body"], here["body"], "")
    if "space" in here and "space" in there:
        findings.append(_of("space", f"white space: {there['space']}", here["space"]))
    return findings


def _of(aspect: str, there: str, here: str) -> Finding:
    same = there.removeprefix("white space: ") == here
    return Finding(aspect, Verdict.CONFIRMED if same else Verdict.DIFFERS, there, here)


def _headers(there: Mapping[str, str], here: Mapping[str, str]) -> Iterator[Finding]:
    for name, value in here.items():
        yield _of(f"header.{name}", there.get(name, ABSENT), value)
    more = [name for name in there if name not in here]
    for name in more:
        yield Finding("headers", Verdict.MORE, f"{name}: {there[name]}", ABSENT)
    if not more:
        yield Finding("headers", Verdict.CONFIRMED, "no others", "no others")


class _Bodies:
    """Compares bodies, which are nested."""

    def __init__(self, words: Mapping[str, frozenset[str]], is_own: bool) -> None:
        self._words = words
        self._is_own = is_own

    def compare(self, there: Any, here: Any, place: str) -> Iterator[Finding]:
        """The findings at a place and below it."""
        if isinstance(there, dict) and isinstance(here, dict):
            yield from self._objects(there, here, place)
        elif isinstance(there, list) and isinstance(here, list):
            yield from self._lists(there, here, place)
        else:
            yield self._values(_named(there), _named(here), place)

    def _objects(
        self, there: Mapping[str, Any], here: Mapping[str, Any], place: str
    ) -> Iterator[Finding]:
        more = [name for name in there if name not in here]
        fewer = [name for name in here if name not in there]
        for name in more:
            shown = f"+ {_at(place, name)} ({_named(there[name])})"
            yield Finding("members", Verdict.MORE, shown, ABSENT)
        for name in fewer:
            yield Finding("members", Verdict.DIFFERS, ABSENT, f"{_at(place, name)}")
        if not more and not fewer:
            yield Finding("members", Verdict.CONFIRMED, f"{len(there)}", f"{len(here)}")
        common = [name for name in there if name in here]
        if len(common) > 1:
            mine = [name for name in here if name in there]
            yield _of("order", ", ".join(common), ", ".join(mine))
        for name in common:
            yield from self.compare(there[name], here[name], _at(place, name))

    def _lists(self, there: list[Any], here: list[Any], place: str) -> Iterator[Finding]:
        if there and here:
            yield from self.compare(there[0], here[0], f"{place}[]")
        elif there or here:
            shown = [f"{place or 'list'}: {'some' if each else 'empty'}" for each in (there, here)]
            yield Finding("types", Verdict.CANNOT_TELL, *shown)
        else:
            yield Finding("types", Verdict.CONFIRMED, "empty", "empty")

    def _values(self, there: str, here: str, place: str) -> Finding:
        """Each form that was seen there must be one that the double may have."""
        known = _forms(here)
        judged = [
            min((self._judged(form, mine, place) for mine in known), key=_kindness)
            for form in _forms(there)
        ]
        aspect, verdict = max(judged, key=_badness)
        prefix = f"{place}: " if place else ""
        return Finding(aspect, verdict, prefix + there, prefix + here)

    def _judged(self, there: str, here: str, place: str) -> tuple[str, Verdict]:
        if there == here:
            return _aspect(here), Verdict.CONFIRMED
        if there == "null" or (here == "null" and not self._is_own):
            return "types", Verdict.CANNOT_TELL
        if _type(there) != _type(here):
            return "types", Verdict.DIFFERS
        if _type(here) == "number":
            # A whole number may be a decimal that has no fraction just now.
            is_open = there == "integer"
            return "types", Verdict.CANNOT_TELL if is_open else Verdict.DIFFERS
        if there.startswith(WORD) and here.startswith(WORD):
            return "words", self._word(there.removeprefix(WORD), place)
        if here == "text":
            return "types", Verdict.CONFIRMED
        if "empty text" in (there, here) and not (self._is_own and here != "empty text"):
            return _aspect(here), Verdict.CANNOT_TELL
        return _aspect(here), Verdict.DIFFERS

    def _word(self, word: str, place: str) -> Verdict:
        known = self._words.get(place.rpartition(".")[2], frozenset())
        if word not in known:
            return Verdict.MORE
        return Verdict.DIFFERS if self._is_own else Verdict.CONFIRMED


def _badness(judged: tuple[str, Verdict]) -> int:
    # Where one form is confirmed and another cannot be told, nothing is wrong.
    return ORDER.index(judged[1])


def _kindness(judged: tuple[str, Verdict]) -> int:
    # Of what the double may have, the one that fits best is meant.
    return (Verdict.CONFIRMED, Verdict.CANNOT_TELL, Verdict.MORE, Verdict.DIFFERS).index(judged[1])


def _forms(shape: str) -> list[str]:
    """The forms of a value; a sentence may have ` or ` in it."""
    return [shape] if shape.startswith(WORDS) else shape.split(OR)


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _named(shape: Any) -> str:
    if isinstance(shape, dict):
        return "object"
    return "list" if isinstance(shape, list) else str(shape)


def _type(form: str) -> str:
    if form in ("integer", "decimal"):
        return "number"
    if form in ("boolean", "null", "object", "list", "nothing", "no JSON"):
        return form
    return "text"


def _aspect(form: str) -> str:
    if form.startswith((WORD, WORDS)):
        return "words"
    if form.startswith(DATE):
        return "dates"
    if form in (ID, f"{ID}, upper case"):
        return "ids"
    return "forms" if _type(form) == "text" and form not in ("text", "empty text") else "types"
