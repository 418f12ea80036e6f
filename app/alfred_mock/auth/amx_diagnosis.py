"""Why a signature does not match: what clients typically get wrong, tried one after the other.

For the reason of a refusal only, and so only after one. It never holds the key, nor the signature
that would have been right.
"""

import base64
import hmac
from collections.abc import Iterator
from hashlib import sha256
from itertools import combinations
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from alfred_mock.auth.amx_signature import LEFT_AS_IS, AmxHeader, encoded_urls, raw_text
from alfred_mock.auth.secrets import equal
from alfred_mock.core.masking import masked_words

_AT_ONCE = 2
_MD5_OF_NOTHING = "1B2M2Y8AsgTpgAmY7PhCfg=="
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_HEX_DIGITS = 64
_MILLISECOND_DIGITS = 13
_LONGEST_URL = 2_048
"""Each mistake is tried with the whole URL, and anybody may send a long one."""


class Seen(NamedTuple):
    """What the signature should be over, as the server has seen it."""

    header: AmxHeader
    method: str
    url: str
    target: str
    """The path and the query, with which the URL ends."""
    hashed_body: str
    other_origins: tuple[tuple[str, str], ...] = ()
    """Where else the client may have believed to be, and why."""


class _Signed(NamedTuple):
    """What a client may have signed instead; the defaults are what is right."""

    method: str
    origin: str
    path: str
    query: str
    hashed_body: str
    encoding: str = ""
    key: str = ""


class _Mistake(NamedTuple):
    field: str
    value: str
    words: str


def malformed(credentials: str) -> str:
    """What is wrong with a header that is none."""
    parts = credentials.strip().split(":")
    expected = "the amx header is not <id>:<signature>:<nonce>:<timestamp>"
    if len(parts) != 4:
        return f"{expected}: it has {len(parts)} parts"
    if not all(parts):
        return f"{expected}: a part is empty"
    if len(parts[3]) == _MILLISECOND_DIGITS and parts[3].isdecimal():
        return f"{expected}: the timestamp is in milliseconds, where seconds are expected"
    if parts[3].startswith("0"):
        return f"{expected}: the timestamp begins with a zero"
    return f"{expected}: the timestamp is no number of unix seconds, or the nonce is too long"


def explain(seen: Seen, key: str) -> str:
    """The mistakes with which the signature is right, or what it should have been over."""
    if len(seen.url) > _LONGEST_URL:
        return (
            f"the amx signature is not over {seen.method} and a URL of {len(seen.url)} characters"
        )
    right = _right(seen)
    mistakes = list(_mistakes(seen, right))
    for count in range(_AT_ONCE + 1):
        for made in combinations(mistakes, count):
            fields = {mistake.field: mistake.value for mistake in made}
            if len(fields) < count:
                continue
            spelling = _spelling(seen.header, key, right._replace(**fields))
            if spelling is not None:
                words = [mistake.words for mistake in made] + ([spelling] if spelling else [])
                return f"the amx signature is right for {' and '.join(words)}"
    url = masked_words(seen.url)
    expected = raw_text(seen.header, seen.method, min(encoded_urls(url)), seen.hashed_body)
    return (
        f"the amx signature is not over {seen.method} {url}, body hash"
        f" {seen.hashed_body or 'none'}; the text to sign is {expected}"
    )


def _right(seen: Seen) -> _Signed:
    path, mark, query = seen.target.partition("?")
    origin = seen.url.removesuffix(seen.target)
    return _Signed(seen.method, origin, path, mark + query, seen.hashed_body)


def _mistakes(seen: Seen, right: _Signed) -> Iterator[_Mistake]:
    """Each by itself; the commonest first, for one that explains it will do."""
    yield _Mistake("encoding", "case", "a URL that was not lower-cased")
    yield _Mistake("encoding", "lower", "a URL that was not percent-encoded")
    yield _Mistake("encoding", "none", "a URL that was neither percent-encoded nor lower-cased")
    if right.path.startswith("/"):
        yield _Mistake("path", right.path[1:], "a URL without the slash between host and path")
    if right.path.endswith("/"):
        yield _Mistake("path", right.path.rstrip("/"), "a URL without the slash at its end")
    else:
        yield _Mistake("path", right.path + "/", "a URL with a slash at its end")
    if right.query:
        yield _Mistake("query", "", "a URL without the query")
    yield from _other_origins(seen, right)
    if right.method != right.method.lower():
        yield _Mistake("method", right.method.lower(), "a lower-case method")
    if right.hashed_body:
        in_hex = base64.b64decode(right.hashed_body).hex()
        yield _Mistake("hashed_body", "", "an empty body")
        yield _Mistake("hashed_body", in_hex, "the body's MD5 as hex, where base64 is expected")
    else:
        yield _Mistake(
            "hashed_body",
            _MD5_OF_NOTHING,
            "the MD5 of an empty body, where nothing is expected",
        )
    yield _Mistake("key", "text", "a key that was not base64-decoded")


def _other_origins(seen: Seen, right: _Signed) -> Iterator[_Mistake]:
    parts = urlsplit(right.origin)
    swapped = "https" if parts.scheme == "http" else "http"
    yield _Mistake(
        "origin",
        swapped + right.origin.removeprefix(parts.scheme),
        f"{swapped} instead of {parts.scheme}",
    )
    for origin, words in seen.other_origins:
        if origin != right.origin:
            yield _Mistake("origin", origin, words)
    if parts.netloc.rpartition(":")[2].isdigit():
        without = parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl()
        yield _Mistake("origin", without, "a host without its port")
    else:
        port = _DEFAULT_PORTS.get(parts.scheme, "")
        with_port = parts._replace(netloc=parts.netloc + port).geturl()
        yield _Mistake("origin", with_port, f"a host with the port {port[1:]}")


def _spelling(header: AmxHeader, key: str, signed: _Signed) -> str | None:
    """How the signature was spelt, empty for as it should be; None where it is over another text.

    A text may be encoded in several ways, and a signature be spelt in several ways.
    """
    secret = key.encode() if signed.key else base64.b64decode(key)
    url = signed.origin + signed.path + signed.query
    for encoded in _encoded(url, signed.encoding):
        raw = raw_text(header, signed.method, encoded, signed.hashed_body)
        mac = hmac.new(secret, raw.encode("utf-8", "surrogateescape"), sha256).digest()
        if equal(header.signature, base64.b64encode(mac).decode()):
            return ""
        if len(header.signature) == _HEX_DIGITS and equal(header.signature.lower(), mac.hex()):
            return "a signature as hex, where base64 is expected"
        url_safe = base64.urlsafe_b64encode(mac).decode()
        if equal(header.signature.rstrip("="), url_safe.rstrip("=")):
            return "a signature as URL-safe base64, where plain base64 is expected"
    return None


def _encoded(url: str, encoding: str) -> set[str]:
    match encoding:
        case "case":
            return {quote(url, safe=safe, encoding="latin-1") for safe in LEFT_AS_IS}
        case "lower":
            return {url.lower()}
        case "none":
            return {url}
        case _:
            return encoded_urls(url)
