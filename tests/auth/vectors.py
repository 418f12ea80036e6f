"""Signs requests as the official clients do, with nothing of the server's own code."""

import base64
import hashlib
import hmac
from collections.abc import Callable

_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _escape(url: str, left_as_is: str) -> str:
    kept = _ALNUM + left_as_is
    return "".join(c if c in kept else "".join(f"%{b:02X}" for b in c.encode()) for c in url)


def python_quote(url: str) -> str:
    """`urllib.parse.quote(url, safe="")`."""
    return _escape(url, "_.-~")


def javascript_encode_uri_component(url: str) -> str:
    """`encodeURIComponent(url)`."""
    return _escape(url, "-_.!~*'()")


def dotnet_escape_data_string(url: str) -> str:
    """`Uri.EscapeDataString(url)`."""
    return _escape(url, "-_.~")


def go_query_escape(url: str) -> str:
    """`url.QueryEscape(url)`."""
    return _escape(url, "-_.~ ").replace(" ", "+")


ENCODERS: list[Callable[[str], str]] = [
    python_quote,
    javascript_encode_uri_component,
    dotnet_escape_data_string,
    go_query_escape,
]


def amx(
    public_id: str,
    key: str,
    method: str,
    url: str,
    *,
    nonce: str,
    timestamp: int | str,
    body: bytes = b"",
    encode: Callable[[str], str] = python_quote,
) -> str:
    """The value of an `Authorization` header."""
    hashed = base64.b64encode(hashlib.md5(body).digest()).decode() if body else ""  # noqa: S324
    raw = f"{public_id}{method}{encode(url).lower()}{timestamp}{nonce}{hashed}"
    mac = hmac.digest(base64.b64decode(key), raw.encode(), "sha256")
    return f"amx {public_id}:{base64.b64encode(mac).decode()}:{nonce}:{timestamp}"
