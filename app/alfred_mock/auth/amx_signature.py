"""What an `amx` signature covers, and how it is computed (SDK).

raw       = id + METHOD + uri + timestamp + nonce + body_hash
uri       = lower(percent_encode(absolute URL))
body_hash = base64(MD5(body)), nothing for an empty body
signature = base64(HMAC-SHA256(key = base64_decode(key), raw))
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import AsyncIterable
from dataclasses import dataclass
from urllib.parse import quote

from alfred_mock.core.digests import Md5

# What each official client leaves unescaped in the URL besides letters and digits: Python, .NET and
# Go agree (an encoded space differs, but no URL on the wire holds a space), JavaScript's
# encodeURIComponent spares more.
LEFT_AS_IS = ("-_.~", "-_.~!*'()")

# One spelling only: zeros before a number could as well be the end of the URL before it.
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}")


@dataclass(frozen=True, slots=True)
class AmxHeader:
    """The four parts of `Authorization: amx <id>:<signature>:<nonce>:<timestamp>`.

    `timestamp` is in unix seconds and kept as text, since its spelling is signed.
    """

    public_id: str
    signature: str
    nonce: str
    timestamp: str

    @classmethod
    def parse(cls, credentials: str) -> "AmxHeader | None":
        """The parts, or None where the text does not have four well-formed ones."""
        parts = credentials.strip().split(":")
        if len(parts) != 4 or not all(parts):
            return None
        header = cls(*parts)
        if len(header.nonce) > 128 or not _TIMESTAMP.fullmatch(header.timestamp):
            return None
        return header

    @property
    def signed_at(self) -> int:
        """When the client says it signed, in unix seconds."""
        return int(self.timestamp)


def encoded_urls(url: str) -> set[str]:
    """The URL in each of the ways that the official clients encode it for signing."""
    return {quote(url, safe=safe, encoding="latin-1").lower() for safe in LEFT_AS_IS}


async def body_hash(chunks: AsyncIterable[bytes]) -> str:
    """The base64 MD5 of a body of any size, nothing for an empty one."""
    hashed = Md5()
    async for chunk in chunks:
        hashed.update(chunk)
    return hashed.text if hashed.size else ""


def raw_text(header: AmxHeader, method: str, encoded_url: str, hashed_body: str) -> str:
    """The text that the signature is over."""
    return header.public_id + method + encoded_url + header.timestamp + header.nonce + hashed_body


def sign(key: str, raw: str) -> str:
    """The signature of a text under a base64 key."""
    mac = hmac.new(base64.b64decode(key), raw.encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def is_key(text: str) -> bool:
    """Whether a text can be an HMAC key: base64 of at least one byte."""
    try:
        return len(base64.b64decode(text, validate=True)) > 0
    except (binascii.Error, ValueError):
        return False
