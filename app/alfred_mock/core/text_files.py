"""Text files that people write: in UTF-8, with or without its mark, or in UTF-16 with one."""

import codecs
from pathlib import Path

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is in no encoding that can be told for sure; says where.
    """
    data = path.read_bytes()
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    encoding = _MARKS.get(mark, "utf-8")
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        raise ValueError(f"line {line} is not in {name}; save the file in UTF-8") from None
