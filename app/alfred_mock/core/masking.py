"""Secrets are masked before anything is logged or kept.

A secret in the wrong place is still a secret. So masking goes by the names of headers, parameters
and members, however they are spelt, not by the place where they belong. Every step here takes time
in proportion to the text: strangers choose the text.
"""

import json
import re
from functools import lru_cache
from urllib.parse import quote_plus, unquote_plus

MASK = "***"

_SECRET = re.compile(
    "pass(?:word|wd|phrase)|pwd|secret|token|credential|authorization|cookie|signature"
    "|(?:api|access|private|hmac|client|shared|signing)key"
)
_NO_SECRETS = frozenset(("tokentype", "tokentypehint"))
_NO_LETTER = re.compile(r"[\W_]+")
_USER_INFO = re.compile(r"://[^/?#\s\"'<>\\]*@")
_BETWEEN_FIELDS = re.compile(r"([&;\r\n]+)")
_BETWEEN_WORDS = re.compile(r"([&;\s]+)")
# A text that may be cut off, a bracket, or a word; with the colon that makes it a name.
_JSON = re.compile(
    r'(?P<piece>"(?:[^"\\]|\\.)*+\\?(?P<close>"?)|[{}\[\],]|[^\s"{}\[\],:]+)(?P<colon>\s*:)?',
    re.DOTALL,
)
_BRACKETS = {"{": 1, "[": 1, "}": -1, "]": -1}
_DEEPEST = 4
"""So many texts within texts are looked into, such as JSON in a field of a form."""
_LONGEST_NAME = 256


def is_secret(name: str) -> bool:
    """Whether what has this name is a secret: `api_key`, `ApiKey` and `API-Key` are one name."""
    return _is_secret(name[-_LONGEST_NAME:])


@lru_cache(2_048)
def _is_secret(name: str) -> bool:
    letters = _NO_LETTER.sub("", name).lower()
    return letters not in _NO_SECRETS and _SECRET.search(letters) is not None


def masked(text: str, depth: int = _DEEPEST) -> str:
    """A query or a body; the values of fields that are named like a secret are masked."""
    if not depth:
        return text
    begin = text[:64].lstrip("\ufeff \t\r\n")[:1]
    if begin and begin in '{["':
        return _masked_json(text, depth)
    if "=" in text:
        return _masked_form(text, _BETWEEN_FIELDS, depth)
    if '"' in text:
        return _masked_json(text, depth)
    return _USER_INFO.sub(f"://{MASK}@", text) if "@" in text else text


def masked_words(text: str) -> str:
    """A sentence, in which a URL or a parameter may be a word."""
    return _masked_form(text, _BETWEEN_WORDS, 2)


def _masked_form(text: str, between: re.Pattern[str], depth: int) -> str:
    parts = between.split(text)
    for index in range(0, len(parts), 2):
        name, equals, value = parts[index].partition("=")
        # The first parameter of a URL stands behind the URL.
        url, mark, own = name.rpartition("?")
        if equals and is_secret(unquote_plus(own)):
            value = MASK
        elif value:
            value = _masked_value(value, depth - 1)
        url = _masked_value(url, depth - 1) if mark else ""
        parts[index] = f"{url}{mark}{own}{equals}{value}"
    shown = "".join(parts)
    return _USER_INFO.sub(f"://{MASK}@", shown) if "@" in shown else shown


def _masked_value(value: str, depth: int) -> str:
    """A value that may itself be a URL, a form or JSON, percent-encoded or not."""
    plain = unquote_plus(value)
    shown = masked(plain, depth)
    if shown == plain:
        return value
    return shown if plain == value else quote_plus(shown, safe="*")


def _masked_json(text: str, depth: int) -> str:
    """JSON, also where its end was cut off; all but the secrets stays as it was spelt."""
    shown: list[str] = []
    end = level = 0
    is_named_secret = False
    hidden: int | None = None
    for found in _JSON.finditer(text):
        shown.append(text[end : found.start()])
        end = found.end()
        piece, colon = found["piece"], found["colon"] or ""
        if colon:
            is_named_secret = is_secret(_plain(piece))
        elif piece in _BRACKETS:
            level += _BRACKETS[piece]
            if is_named_secret and hidden is None:
                hidden = level
            elif hidden is not None and level < hidden:
                hidden = None
            is_named_secret = False
        elif piece == ",":
            is_named_secret = False
        else:
            if is_named_secret or hidden is not None:
                piece = f'"{MASK}' if piece[0] == '"' and not found["close"] else f'"{MASK}"'
            elif piece[0] == '"':
                piece = _masked_text(piece, depth - 1)
            is_named_secret = False
        shown.append(piece + colon)
    return "".join(shown) + text[end:]


def _masked_text(piece: str, depth: int) -> str:
    """A text in JSON, which may itself be a URL, a form or JSON."""
    plain = _plain(piece)
    shown = masked(plain, depth)
    return piece if shown == plain else json.dumps(shown, ensure_ascii=False)


def _plain(piece: str) -> str:
    """What a text in JSON stands for; as it is where it stands for nothing."""
    try:
        return f"{json.loads(piece)}" if "\\" in piece else piece.strip('"')
    except ValueError:
        return piece.strip('"')
