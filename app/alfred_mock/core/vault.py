"""Secrets at rest: what must be read back is sealed by a key that is not in the database.

Where `ALFRED_MOCK_SECRET_KEY` is set, HMAC keys and stored seeds are sealed by AES-256-GCM. A text
says under which key it was sealed, so a key is replaced while both are known: the first one seals,
all of them open. What a text belongs to is sealed with it, so that one cannot be put in the place
of another. Without a key nothing is sealed, which is for a test double on one's own machine.
"""

import base64
import hashlib
import os
from collections.abc import Sequence
from typing import Any

from alfred_mock.core.errors import Unavailable

_PREFIX = "sealed:"
_NONCE_BYTES = 12
_MOST_REMEMBERED = 10_000


class CannotOpen(Unavailable):
    """A text is sealed by a key that this server was not given, or was changed since."""

    def __init__(self) -> None:
        super().__init__(
            "The server cannot read its secrets.",
            reason="a secret in the database is not sealed by any of ALFRED_MOCK_SECRET_KEY",
        )


class Vault:
    """Seals texts and opens them again; texts in clear pass."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """`keys` are 32 bytes in hex each; the first one seals."""
        self._keys = {_name_of(key): bytes.fromhex(key) for key in keys}
        self._current = next(iter(self._keys), None)
        self._ciphers: dict[str, Any] = {}
        self._opened: dict[tuple[str, str], str] = {}

    @property
    def seals(self) -> bool:
        """Whether secrets are protected at all."""
        return self._current is not None

    def seal(self, text: str, *, of: str) -> str:
        """The text as it is to be stored; `of` says what it belongs to."""
        if self._current is None:
            return text
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher(self._current).encrypt(nonce, text.encode(), of.encode())
        return f"{_PREFIX}{self._current}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, stored: str, *, of: str) -> str:
        """The text that was stored.

        Raises:
            CannotOpen: none of the keys has sealed this text for `of`.
        """
        if not stored.startswith(_PREFIX):
            return stored
        opened = self._opened.get((stored, of))
        if opened is None:
            opened = self._open(stored, of)
            if len(self._opened) >= _MOST_REMEMBERED:
                self._opened.clear()
            self._opened[stored, of] = opened
        return opened

    def _open(self, stored: str, of: str) -> str:
        from cryptography.exceptions import InvalidTag

        name, _, encoded = stored.removeprefix(_PREFIX).partition(":")
        if name not in self._keys:
            raise CannotOpen
        try:
            sealed = base64.b64decode(encoded)
            content = self._cipher(name).decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], of.encode()
            )
        except (ValueError, InvalidTag):
            raise CannotOpen from None
        return str(content, "utf-8")

    def is_current(self, stored: str) -> bool:
        """Whether a text is stored as `seal` would store it now."""
        if self._current is None:
            return not stored.startswith(_PREFIX)
        return stored.startswith(f"{_PREFIX}{self._current}:")

    def can_open(self, stored: str) -> bool:
        """Whether the key of a text is known; its beginning is enough to tell."""
        name = stored.removeprefix(_PREFIX).partition(":")[0]
        return not stored.startswith(_PREFIX) or name in self._keys

    def _cipher(self, name: str) -> Any:
        if name not in self._ciphers:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._ciphers[name] = AESGCM(self._keys[name])
        return self._ciphers[name]


NAMED_BYTES = len(_PREFIX) + 16
"""So much of a sealed text says under which key it was sealed."""


def _name_of(key: str) -> str:
    """A name for a key that says nothing about it."""
    return hashlib.sha256(b"alfred-mock key name" + bytes.fromhex(key)).hexdigest()[:16]
