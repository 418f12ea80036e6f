"""Bodies as the journal shows them, taken down while they pass."""

import codecs
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from alfred_mock.control.journal.masking import masked_login
from alfred_mock.core.masking import MASK, is_secret, masked

SHOWN_BYTES = 16_384
"""The journal shows so much of a request's body, and of an answer's."""

_FILE_PART = "file"


class Body(Protocol):
    """A body of which the journal shows something."""

    size: int
    """How many bytes have passed."""

    def add(self, chunk: bytes) -> None:
        """Take the next bytes."""

    def text(self, content_type: str, *, is_login: bool = False) -> str:
        """The text to show, without secrets."""


def new_body(content_type: str) -> Body:
    """An empty body of this content type."""
    return (form_of(content_type) if "multipart" in content_type.lower() else None) or PlainBody()


class PlainBody:
    """The beginning of any body."""

    __slots__ = ("_begin", "size")

    def __init__(self) -> None:
        self.size = 0
        self._begin = b""

    def add(self, chunk: bytes) -> None:
        """Take the next bytes, as long as there is room."""
        room = SHOWN_BYTES - self.size
        if room > 0:
            self._begin += chunk[:room]
        self.size += len(chunk)

    def text(self, content_type: str, *, is_login: bool = False) -> str:
        """The text, or the size of a body that is no text."""
        if not self.size:
            return ""
        is_cut = self.size > SHOWN_BYTES
        try:
            # A character may have been cut in two.
            text = codecs.getincrementaldecoder("utf-8")().decode(self._begin, final=not is_cut)
        except UnicodeDecodeError:
            return _size_of(self, content_type)
        shown = masked_login(text) if is_login else masked(text)
        if shown is None or "\0" in text:
            return _size_of(self, content_type)
        return f"{shown}… ({self.size} bytes)" if is_cut else shown


def form_of(content_type: str) -> "FormBody | None":
    """An empty form, None if the content type announces none."""
    media_type, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if media_type.lower() != b"multipart/form-data" or not boundary:
        return None
    try:
        return FormBody(boundary)
    except FormParserError:
        return None


class FormBody:
    """A multipart form, shown without the content of its files.

    It is parsed while it passes, so that the journal shows the fields after a large file too.
    """

    def __init__(self, boundary: bytes) -> None:
        self.size = 0
        self._boundary = boundary.decode("latin-1")
        self._parts: list[str] = []
        self._length = 0
        self._is_form = True
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._add_to_name,
                "on_header_value": self._add_to_value,
                "on_header_end": self._end_header,
                "on_part_data": self._add_to_content,
                "on_part_end": self._end_part,
            },
        )
        self._begin_part()

    def add(self, chunk: bytes) -> None:
        """Parse the next bytes."""
        self.size += len(chunk)
        if self._is_form and self._length <= SHOWN_BYTES:
            try:
                self._parser.write(chunk)
            except FormParserError:
                self._is_form = False

    def text(self, content_type: str, *, is_login: bool = False) -> str:
        """The parts with their headers, each with its value or with the size of its file."""
        if not self.size:
            return ""
        if not self._is_form or not self._parts or is_login:
            return _size_of(self, content_type)
        shown = "".join(f"--{self._boundary}\r\n{part}\r\n" for part in self._parts)
        if self._length > SHOWN_BYTES:
            return f"{shown[:SHOWN_BYTES]}… ({self.size} bytes)"
        return f"{shown}--{self._boundary}--\r\n".replace("\0", "\ufffd")

    def _begin_part(self) -> None:
        self._name, self._value = b"", b""
        self._headers: list[tuple[str, bytes]] = []
        self._content = PlainBody()

    def _add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers.append((self._name.decode("latin-1"), self._value))
        self._name, self._value = b"", b""

    def _add_to_content(self, data: bytes, start: int, end: int) -> None:
        self._content.add(data[start:end])

    def _end_part(self) -> None:
        head = [
            f"{name}: {masked(value.decode('utf-8', 'replace'))}" for name, value in self._headers
        ]
        part = "\r\n".join([*head, "", self._shown_content()])
        self._parts.append(part)
        self._length += len(part)

    def _shown_content(self) -> str:
        headers = {name.lower(): value for name, value in self._headers}
        _, options = parse_options_header(headers.get("content-disposition", b""))
        name = options.get(b"name", b"").decode("latin-1")
        content_type = headers.get("content-type", b"").decode("latin-1")
        if b"filename" in options or name == _FILE_PART:
            return _size_of(self._content, content_type)
        # A part is masked by its name, as a form field is.
        return MASK if is_secret(name) else self._content.text(content_type)


def _size_of(body: Body, content_type: str) -> str:
    of_type = f" of {content_type}" if content_type else ""
    return f"<{body.size} bytes{of_type}>"
