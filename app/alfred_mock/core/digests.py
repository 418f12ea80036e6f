"""MD5 in base64, as Alfred shows it of a file and as clients sign it of a body."""

import base64
import hashlib


class Md5:
    """The size and the MD5 of a content that comes piece by piece."""

    def __init__(self, content: bytes = b"") -> None:
        self.size = len(content)
        self._hashed = hashlib.md5(content, usedforsecurity=False)

    def update(self, piece: bytes) -> None:
        """Add the next piece."""
        self.size += len(piece)
        self._hashed.update(piece)

    @property
    def text(self) -> str:
        """The MD5 of all pieces so far."""
        return base64.b64encode(self._hashed.digest()).decode()
