"""Secrets that are known by themselves: found in a text whatever they are called there."""

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from alfred_mock.core.masking import MASK

_SHORTEST, _SHORTEST_WORD, _LONGEST = 8, 16, 512
# A URL in one piece is no key, but a key may have a slash or a colon: so words are cut thrice.
_WORDS = tuple(
    re.compile(rf"[^\s\"'&?;,<>(){{}}\[\]{marks}]+") for marks in ("", r":@\\", r"/=:@\\")
)


def is_telling(secret: str) -> bool:
    """Whether a secret can be told from other text: no short one, and no ordinary word."""
    shortest = _SHORTEST_WORD if secret.isalpha() else _SHORTEST
    return shortest <= len(secret) <= _LONGEST and "\0" not in secret


def words_of(text: str) -> list[str]:
    """What may be a secret in a text, each once."""
    words: dict[str, None] = {}
    for pattern in _WORDS:
        for word in pattern.findall(text):
            for spelling in (word, unquote(word)) if "%" in word else (word,):
                words[spelling] = words[spelling.partition("=")[2]] = None
                words[spelling.rpartition("/")[2]] = None
    return [word for word in words if is_telling(word)]


def spellings_of(secrets: Iterable[str]) -> list[str]:
    """The secrets in each spelling in which they are looked for."""
    spellings: dict[str, None] = {}
    for secret in filter(is_telling, secrets):
        encoded = quote(secret, safe="")
        in_base64 = base64.b64encode(secret.encode("utf-8", "replace")).decode()
        for spelling in (
            secret,
            encoded,
            encoded.lower(),
            json.dumps(secret)[1:-1],
            in_base64.rstrip("="),
        ):
            spellings[spelling] = None
    return list(spellings)


def without(text: str, spellings: Iterable[str]) -> str:
    """A text in which these are masked."""
    # The longest first: one may be the beginning of another.
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    return text
