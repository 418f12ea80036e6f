"""How the journal shows headers and logins: without the secrets."""

import json
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote_plus

from pydantic_core import to_json

from alfred_mock.core.masking import MASK, is_secret, masked

_SCHEMES = ("bearer", "basic", "digest", "negotiate", "amx")
_SECRET_ENDS = ("key", "auth")
_NO_SECRETS = frozenset(("idempotency-key", "sec-websocket-key"))
# All other fields of a login are masked: one may be a misspelt password.
_SHOWN_OF_LOGIN = frozenset(("grant_type", "username", "scope", "client_id"))


@lru_cache(512)
def headers_json(headers: tuple[tuple[bytes, bytes], ...], *, knows_caller: bool) -> str:
    """Headers as a JSON object; the values of one that is repeated are joined by commas.

    The result is cached, since a client sends nearly the same headers with every request.
    """
    shown: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.lower()
        key, value = name.decode("latin-1"), raw_value.decode("latin-1")
        if key.endswith("authorization"):
            value = _credentials(value, knows_caller)
        elif is_secret(key) or (key.endswith(_SECRET_ENDS) and key not in _NO_SECRETS):
            value = MASK
        else:
            value = masked(value)
        shown[key] = f"{shown[key]}, {value}" if key in shown else value
    return to_json(shown).decode()


def _credentials(value: str, knows_caller: bool) -> str:
    """The value of an `Authorization` header, without the part that proves who is calling.

    The id of an amx header is shown only if the caller is known: a client may have put its key
    there instead.
    """
    scheme, space, credentials = value.strip().partition(" ")
    if not space or scheme.lower() not in _SCHEMES:
        return MASK
    if scheme.lower() == "amx" and credentials.count(":") == 3:
        public_id, _, nonce, timestamp = credentials.split(":")
        return f"{scheme} {public_id if knows_caller else MASK}:{MASK}:{nonce}:{timestamp}"
    return f"{scheme} {MASK}"


def masked_login(text: str) -> str | None:
    """The body of a login, None if it is neither a form nor a JSON object."""
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
