"""Reads a multipart form while it arrives: its file goes to a temporary file, the rest to memory.

What RFC 2046 allows is understood: text before the first boundary and after the last, and white
space behind a boundary. A part with a file name is text where text belongs: `FormData` of browsers
and Node gives one to every typed Blob.
"""

import re
from codecs import lookup
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, NamedTuple, cast

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from alfred_mock.alfred.files.disposition import Disposition, Unreadable, text_of
from alfred_mock.core.body import IN_MEMORY_BYTES, body_of
from alfred_mock.core.errors import BadRequest

FILE = "file"
TEXTS = ("session_id", "metadata")
MOST_PARTS = 33
TEXT_BYTES = 1_048_576
"""The longest part that is text."""
_HEADER_BYTES = 16_384  # a long name in both encodings
_PADDING_BYTES = 1_024
_ENCODED = (b"base64", b"quoted-printable")


class FormFile(NamedTuple):
    """The file of a form."""

    name: str
    content_type: str
    content: BinaryIO


class Form:
    """The parts of a form that are known here; others are ignored (our choice)."""

    def __init__(self) -> None:
        self.file: FormFile | None = None
        self.texts: dict[str, str] = {}

    def close(self) -> None:
        """Let go of the temporary file."""
        if self.file is not None:
            self.file.content.close()


async def read_form(request: Request, *, limit: int) -> Form:
    """The form in a request's body, which has no more than `limit` bytes.

    Raises:
        BadRequest: it is none, or broken; the message names the part.
        PayloadTooLarge: it is longer.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    if kind != b"multipart/form-data":
        raise BadRequest("The body must be multipart/form-data.")
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= 200:
        raise BadRequest("The form cannot be read: its Content-Type names no usable boundary.")
    reader = _Reader(boundary, _codec(options.get(b"charset", b"utf-8")))
    try:
        async for chunk in _from_first_boundary(body_of(request, limit=limit), boundary):
            await reader.read(chunk)
        reader.end()
    except BaseException:
        reader.form.close()
        raise
    return reader.form


async def _from_first_boundary(
    chunks: AsyncIterator[bytes], boundary: bytes
) -> AsyncIterator[bytes]:
    """The chunks without what is before the first boundary, and without white space behind it."""
    begin = b"\n--" + boundary
    line = re.compile(re.escape(begin) + rb"(?:[ \t]*\r\n|--)")
    kept, is_found = b"\n", False
    async for chunk in chunks:
        if is_found:
            yield chunk
            continue
        kept += chunk
        found = line.search(kept)
        if found is not None:
            is_found = True
            yield b"--" + boundary + found[0].removeprefix(begin).lstrip(b" \t")
            yield kept[found.end() :]
        else:
            kept = kept[-len(begin) - _PADDING_BYTES :]
    if not is_found:
        raise BadRequest(
            "The form cannot be read: no line of it is the boundary that Content-Type names."
        )


class _Reader:
    """Takes a form apart."""

    def __init__(self, boundary: bytes, charset: str) -> None:
        self.form = Form()
        self._charset = charset
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._add_to_field,
                "on_header_value": self._add_to_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin_data,
                "on_part_data": self._add_data,
                "on_part_end": self._end_part,
                "on_end": self._end_form,
            },
        )
        self._parser.max_header_size = _HEADER_BYTES
        self._count = 0
        self._name = ""
        self._field = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._text: bytearray | None = None
        self._to_write: list[bytes] = []
        self._is_whole = False

    async def read(self, chunk: bytes) -> None:
        """Take the next chunk."""
        with self._naming_the_part():
            self._parser.write(chunk)
        if self._to_write and self.form.file is not None:
            data, content = b"".join(self._to_write), self.form.file.content
            self._to_write.clear()
            if content.tell() + len(data) <= IN_MEMORY_BYTES:
                content.write(data)
            else:  # a disk may be slow
                await run_in_threadpool(content.write, data)

    def end(self) -> None:
        """Make sure that nothing is missing."""
        if not self._is_whole:
            raise BadRequest(f"The form cannot be read: it is cut off in {self._part}.")

    @contextmanager
    def _naming_the_part(self) -> Iterator[None]:
        try:
            yield
        except FormParserError:
            raise BadRequest(f"The form cannot be read: {self._part} is broken.") from None
        except Unreadable as error:
            raise BadRequest(f"Part '{self._name}': {error}.") from None

    @property
    def _part(self) -> str:
        return f"part '{self._name}'" if self._name else f"part {self._count}"

    def _begin_part(self) -> None:
        self._count += 1
        if self._count > MOST_PARTS:
            raise BadRequest(f"The form has more than {MOST_PARTS} parts.")
        self._name, self._headers, self._text = "", {}, None

    def _add_to_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._field.lower()] = self._value.strip()
        self._field = self._value = b""

    def _begin_data(self) -> None:
        said = Disposition(self._headers.get(b"content-disposition", b""), self._charset)
        if said.name is None:
            raise BadRequest(
                f"The form cannot be read: {self._part} has no name in its Content-Disposition."
            )
        self._name = said.name
        if self._name not in (FILE, *TEXTS):
            return
        if self._name in self.form.texts or (self._name == FILE and self.form.file):
            raise BadRequest(f"Part '{self._name}' is given more than once.")
        encoding = self._headers.get(b"content-transfer-encoding", b"").lower()
        if encoding in _ENCODED:
            raise BadRequest(
                f"Part '{self._name}' has the Content-Transfer-Encoding {encoding.decode()},"
                " which forms do not have any more (RFC 7578): send the bytes as they are."
            )
        if self._name == FILE:
            self._begin_file(said)
        else:
            self._text = bytearray()

    def _begin_file(self, said: Disposition) -> None:
        name = said.file_name
        if name is None:
            raise BadRequest("Part 'file' is required, with a file name.")
        content = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
        self.form.file = FormFile(name, self._content_type, cast(BinaryIO, content))

    @property
    def _content_type(self) -> str:
        return self._headers.get(b"content-type", b"").decode("latin-1")

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE:
            self._to_write.append(data[start:end])
        elif self._text is not None:
            self._text += data[start:end]
            if len(self._text) > TEXT_BYTES:
                raise BadRequest(f"Part '{self._name}' has more than {TEXT_BYTES} bytes.")

    def _end_part(self) -> None:
        if self._text is not None:
            _, options = parse_options_header(self._content_type)
            charset = options.get(b"charset")
            codec = self._charset if charset is None else _codec(charset)
            self.form.texts[self._name] = text_of(bytes(self._text), codec)

    def _end_form(self) -> None:
        self._is_whole = True


def _codec(charset: bytes) -> str:
    """The charset as Python calls it; what it does not know is read as Latin-1."""
    try:
        return lookup(charset.decode("latin-1")).name
    except (LookupError, ValueError):
        return "latin-1"
