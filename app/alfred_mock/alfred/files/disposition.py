"""What `Content-Disposition` says of a part of a form: its name, and that of its file.

The name of a file is the one that the user sees. Clients write what is not ASCII in three ways: as
it is in UTF-8 (browsers, curl), in `filename*` (RFC 5987), or in encoded words (RFC 2047). .NET
sends the last two beside each other (our choice: as ASP.NET reads them, `filename*` comes first).
"""

import re
from codecs import lookup
from urllib.parse import unquote_to_bytes

_PARAMETER = re.compile(rb';\s*([^\s=;]+)\s*=\s*("(?:\\.|[^"\\])*"|[^;]*)', re.DOTALL)
_ESCAPED = re.compile(rb'\\(["\\])')
_EXTENDED = re.compile(rb"([\w.:+-]+)'[\w-]*'([!-~]*)", re.ASCII)
_WORDS = re.compile(r"(?:=\?[\w.:+*-]+\?[BbQq]\?[!->@-~]*\?=\s*)+", re.ASCII)


class Unreadable(Exception):
    """A parameter cannot be read; the text names it."""


class Disposition:
    """The parameters of the header, as far as forms use them."""

    def __init__(self, header: bytes, charset: str) -> None:
        self._charset = charset
        self._given: dict[bytes, bytes] = {}
        for found in _PARAMETER.finditer(header):
            name, value = found[1].lower(), found[2].strip()
            if value.startswith(b'"') and value.endswith(b'"') and len(value) > 1:
                value = _ESCAPED.sub(rb"\1", value[1:-1])
            self._given.setdefault(name, value)

    @property
    def name(self) -> str | None:
        """The name of the part, None if it has none."""
        given = self._given.get(b"name")
        return None if given is None else text_of(given, self._charset)

    @property
    def file_name(self) -> str | None:
        """The name of the file, None if the part is said to be no file.

        Raises:
            Unreadable: it is only in `filename*`, and not in a form that can be read.
        """
        plain = self._given.get(b"filename")
        extended = self._given.get(b"filename*")
        if extended is not None:
            try:
                return _extended(extended)
            except (ValueError, LookupError):
                if plain is None:
                    raise Unreadable(
                        "filename* must be a charset, two quotes and the name in that charset,"
                        " percent-encoded: UTF-8''a%20name.pdf"
                    ) from None
        return None if plain is None else _decoded_words(text_of(plain, self._charset))


def text_of(data: bytes, charset: str) -> str:
    """Text in a charset; a byte that the charset does not have makes it Latin-1."""
    try:
        return data.decode(charset)
    except (UnicodeError, LookupError):
        return data.decode("latin-1")


def _extended(value: bytes) -> str:
    found = _EXTENDED.fullmatch(value)
    if found is None:
        raise ValueError
    # RFC 5987 asks for UTF-8; ISO-8859-1 was once another.
    charset = lookup(found[1].decode()).name
    if charset not in {"utf-8", "iso8859-1", "ascii"}:
        raise ValueError
    return unquote_to_bytes(found[2]).decode(charset)


def _decoded_words(name: str) -> str:
    """The name that encoded words stand for; what only looks like them is a name itself."""
    if not _WORDS.fullmatch(name):
        return name
    from email.errors import HeaderParseError
    from email.header import decode_header

    try:
        words = decode_header(name)
        return "".join(
            word if isinstance(word, str) else word.decode(charset or "ascii")
            for word, charset in words
        )
    except (HeaderParseError, ValueError, LookupError):
        return name
