"""What the journal never keeps: whatever somebody could log in with.

A secret that a client has put in the wrong place is one all the same, so what is masked goes by
the names of things rather than by where they belong.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote_plus

from pydantic_core import to_json

MASK = "***"

_SECRET = r"(?:password|\w*_token|client_secret|secret(?:_key)?|api_?key)"  # noqa: S105
_IN_FORM = re.compile(rf"((?:^|[?&;\s])\s*{_SECRET}\s*=)[^&;\s]*", re.IGNORECASE)
_IN_JSON = re.compile(rf'("{_SECRET}"\s*:\s*")(?:[^"\\]|\\.)*\\?', re.IGNORECASE)
_SECRET_HEADER = re.compile(rb"authorization|cookie|password|secret|token|api-?_?key")
_SCHEMES = ("bearer", "basic", "digest", "negotiate", "amx")
# Of a login, what may be seen; any other field may be a misspelt password.
_SHOWN_OF_LOGIN = frozenset(("grant_type", "username", "scope", "client_id"))


@lru_cache(512)
def headers_json(headers: tuple[tuple[bytes, bytes], ...], *, knows_caller: bool) -> str:
    """Headers as a JSON object, those that occur several times joined by commas.

    Remembered, since a client sends nearly the same ones with every request.
    """
    shown: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.lower()
        value = raw_value.decode("latin-1")
        if _SECRET_HEADER.search(name):
            value = _credentials(value, knows_caller) if name.endswith(b"authorization") else MASK
        key = name.decode("latin-1")
        shown[key] = f"{shown[key]}, {value}" if key in shown else value
    return to_json(shown).decode()


def _credentials(value: str, knows_caller: bool) -> str:
    """What `Authorization` says, less what it proves.

    The id of an amx header stays if it is somebody's: what else may be there instead of it is
    nobody's to know.
    """
    scheme, space, credentials = value.strip().partition(" ")
    if not space or scheme.lower() not in _SCHEMES:
        return MASK
    if scheme.lower() == "amx" and credentials.count(":") == 3:
        public_id, _, nonce, timestamp = credentials.split(":")
        return f"{scheme} {public_id if knows_caller else MASK}:{MASK}:{nonce}:{timestamp}"
    return f"{scheme} {MASK}"


def masked(text: str) -> str:
    """A query or a body with the values of whatever is called like a secret masked."""
    if "=" in text:
        text = _IN_FORM.sub(rf"\1{MASK}", text)
    return _IN_JSON.sub(rf"\1{MASK}", text) if '"' in text else text


def masked_login(text: str) -> str | None:
    """The body of a login, None where it is no form and no JSON that could be masked."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        fields = [field.partition("=")[::2] for field in text.split("&")]
        shown = [f"{name}={value}" for name, value in _shown(fields)]
        return "&".join(shown) if all("=" in field for field in text.split("&")) else None
    if not isinstance(content, dict):
        return None
    return to_json(dict(_shown(content.items()))).decode()


def _shown(fields: Iterable[tuple[str, object]]) -> Iterable[tuple[str, object]]:
    for name, value in fields:
        known = unquote_plus(name).strip().lower() in _SHOWN_OF_LOGIN and isinstance(value, str)
        yield name, value if known else MASK
