"""The one door through which identifiers and randomness come in."""

import re
import secrets

_CANONICAL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_UUID_BYTES = 16


class Ids:
    """Makes identifiers and secrets; whoever needs one is handed one of these."""

    def __init__(self) -> None:
        self._random = b""
        self._used = 0

    def uuid(self) -> str:
        """A random (version 4) UUID in lower case with dashes, as Alfred writes ids."""
        if self._used >= len(self._random):
            # The system is asked for many at a time: asking takes longer than all the rest.
            self._random = secrets.token_bytes(_UUID_BYTES * 256)
            self._used = 0
        raw = self._random[self._used : self._used + _UUID_BYTES]
        self._used += _UUID_BYTES
        text = raw.hex()
        variant = "89ab"[raw[8] >> 6]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def token(self) -> str:
        """A secret that nobody can guess: 256 bits as URL-safe text."""
        return secrets.token_urlsafe(32)


def parse_uuid(text: str) -> str | None:
    """The lower-case spelling of an id in either case, or None for text that is no UUID."""
    return text.lower() if _CANONICAL.fullmatch(text) else None
