"""The only source of identifiers and randomness."""

import base64
import random
import re
import secrets
import uuid

_CANONICAL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_UUID_BYTES = 16
_DERIVED = uuid.UUID("9d5c1f0e-6c1b-5f0a-8f3c-2f8e6f5d7b11")


class Ids:
    """Makes identifiers and secrets.

    With a seed they are the same ones in the same order every time, and so no secrets.
    """

    def __init__(self, seed: str | None = None) -> None:
        self._bytes = secrets.token_bytes if seed is None else random.Random(seed).randbytes  # noqa: S311
        self._random = b""
        self._used = 0

    def uuid(self) -> str:
        """A random (version 4) UUID in lower case with dashes, as Alfred writes ids."""
        if self._used >= len(self._random):
            # Many at a time, since asking the system takes longer than all the rest.
            self._random = self._bytes(_UUID_BYTES * 256)
            self._used = 0
        raw = self._random[self._used : self._used + _UUID_BYTES]
        self._used += _UUID_BYTES
        text = raw.hex()
        variant = "89ab"[raw[8] >> 6]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def token(self) -> str:
        """A secret that cannot be guessed: 256 bits as URL-safe text."""
        return base64.urlsafe_b64encode(self._bytes(32)).rstrip(b"=").decode()


def derived_uuid(*parts: str) -> str:
    """The UUID that always stands for the same parts, where an id must not be random."""
    return str(uuid.uuid5(_DERIVED, "/".join(parts)))


def parse_uuid(text: str) -> str | None:
    """A UUID in lower case, None for text that is no UUID."""
    return text.lower() if _CANONICAL.fullmatch(text) else None
