"""As much of a body as the journal shows, taken down while it passes."""

import codecs
from typing import Protocol

from alfred_mock.control.journal.masking import masked, masked_login

KEPT_BYTES = 16_384
"""What is kept of a request's body, and of an answer's."""


class Body(Protocol):
    """A body of which the journal keeps something."""

    size: int
    """How many bytes have passed."""

    def add(self, chunk: bytes) -> None:
        """See the next bytes pass."""

    def text(self, content_type: str, *, is_login: bool = False) -> str:
        """What is to be shown, without secrets."""


class PlainBody:
    """The beginning of any body."""

    __slots__ = ("_begin", "size")

    def __init__(self) -> None:
        self.size = 0
        self._begin = b""

    def add(self, chunk: bytes) -> None:
        """Keep what there is room for."""
        room = KEPT_BYTES - self.size
        if room > 0:
            self._begin += chunk[:room]
        self.size += len(chunk)

    def text(self, content_type: str, *, is_login: bool = False) -> str:
        """The text, or how much of what it was."""
        if not self.size:
            return ""
        is_cut = self.size > KEPT_BYTES
        try:
            # A character may have been cut in two.
            text = codecs.getincrementaldecoder("utf-8")().decode(self._begin, final=not is_cut)
        except UnicodeDecodeError:
            return instead_of(self.size, content_type)
        if "\0" in text:
            return instead_of(self.size, content_type)
        shown = masked_login(text) if is_login else masked(text)
        if shown is None:
            return instead_of(self.size, content_type)
        return f"{shown}… ({self.size} bytes)" if is_cut else shown


def instead_of(size: int, content_type: str) -> str:
    """What is shown in place of content."""
    return f"<{size} bytes of {content_type}>" if content_type else f"<{size} bytes>"
