"""Multipart forms as the journal shows them: everything but the content of files."""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from alfred_mock.control.journal.bodies import KEPT_BYTES, PlainBody, instead_of
from alfred_mock.control.journal.masking import MASK, masked

_FILE_PART = "file"


def form_of(content_type: str) -> "FormBody | None":
    """What takes down the form that a content type announces; None if it announces none."""
    media_type, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if media_type.lower() != b"multipart/form-data" or not boundary:
        return None
    try:
        return FormBody(boundary)
    except FormParserError:
        return None


class FormBody:
    """A form that is taken apart as it passes, so that what follows a large file is seen too."""

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
        """Take the next bytes apart."""
        self.size += len(chunk)
        if self._is_form and self._length <= KEPT_BYTES:
            try:
                self._parser.write(chunk)
            except FormParserError:
                self._is_form = False

    def text(self, content_type: str, *, is_login: bool = False) -> str:
        """The parts with their headers and their values, or with how long their file was."""
        if not self.size:
            return ""
        if not self._is_form or not self._parts or is_login:
            return instead_of(self.size, content_type)
        shown = "".join(f"--{self._boundary}\r\n{part}\r\n" for part in self._parts)
        if self._length > KEPT_BYTES:
            return f"{shown[:KEPT_BYTES]}… ({self.size} bytes)"
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
        head = [f"{name}: {value.decode('utf-8', 'replace')}" for name, value in self._headers]
        part = "\r\n".join([*head, "", self._shown_content()])
        self._parts.append(part)
        self._length += len(part)

    def _shown_content(self) -> str:
        headers = {name.lower(): value for name, value in self._headers}
        _, options = parse_options_header(headers.get("content-disposition", b""))
        name = options.get(b"name", b"").decode("latin-1")
        content_type = headers.get("content-type", b"").decode("latin-1")
        if b"filename" in options or name == _FILE_PART:
            return instead_of(self._content.size, content_type)
        text = self._content.text(content_type)
        # The part's name decides, as that of a form's field does.
        return MASK if masked(f"{name}=?") != f"{name}=?" else text
