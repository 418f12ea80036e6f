"""The one door through which identifiers and randomness come in."""

import re
import secrets
import uuid

_CANONICAL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

UUID_PATTERN = f"^{_CANONICAL.pattern.replace('a-f', 'a-fA-F')}$"
"""The only spelling of an id that the API accepts, in either case, as a JSON Schema pattern."""


class Ids:
    """Makes identifiers and secrets; whoever needs one is handed one of these."""

    def uuid(self) -> str:
        """A random (version 4) UUID in lower case with dashes, as Alfred writes ids."""
        return str(uuid.uuid4())

    def token(self) -> str:
        """A secret that nobody can guess: 256 bits as URL-safe text."""
        return secrets.token_urlsafe(32)


def parse_uuid(text: str) -> str | None:
    """The lower-case spelling of an id in either case, or None for text that is no UUID."""
    return text.lower() if _CANONICAL.fullmatch(text) else None
