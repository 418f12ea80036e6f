"""Sentences that stand for states, and which of them fits what a contract says."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_LONGEST = 100
_ARTICLES = frozenset(("a", "an", "the"))
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\S+")
"""What stands in quotes is one word, quotes included."""
PLACE = re.compile(r"\{([A-Za-z_]\w*)\}")
"""A place for a value: a word of a sentence."""


def words_of(text: str) -> list[str]:
    """The words of a sentence, without the dot at its end."""
    words: list[str] = _WORD.findall(text.strip().removesuffix("."))
    return words


class Sentence:
    """A sentence; a word of it such as `{id}` is a place where a contract has a value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = [word for word in words_of(text) if word.lower() not in _ARTICLES]
        found = (PLACE.fullmatch(_unquoted(word)) for word in self._words)
        self.places = [place[1] for place in found if place is not None]

    def fit(self, words: Sequence[str]) -> dict[str, str] | None:
        """The values of a contract's sentence by their places; None if it is another sentence.

        Case and articles do not matter. A place that the contract leaves as it is has no value.
        """
        given: dict[str, str] = {}
        index = 0
        for word in self._words:
            place = PLACE.fullmatch(_unquoted(word))
            while place is None and index < len(words) and words[index].lower() in _ARTICLES:
                index += 1
            if index == len(words):
                return None
            found = words[index]
            index += 1
            if place is None:
                if found.lower() != word.lower():
                    return None
            elif _unquoted(found) != place[0]:
                given[place[1]] = _unquoted(found)
        return given if index == len(words) else None


def nearest(text: str, sentences: Iterable[Sentence]) -> Sentence:
    """The sentence that is most like a text; there are too many to name them all."""
    by_text = {sentence.text: sentence for sentence in sentences}
    # Comparing takes the square of the length, and the text may be a stranger's.
    (found,) = get_close_matches(text[:_LONGEST], by_text, n=1, cutoff=0)
    return by_text[found]


def _unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"" else word
