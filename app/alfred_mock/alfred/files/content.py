"""Facts about the content of a file, which are stored beside the content."""

from typing import Any, BinaryIO

from alfred_mock.core.digests import Md5

_PIECE_BYTES = 262_144


def facts_of(content: BinaryIO) -> dict[str, Any]:
    """The columns of a file that follow from its content, read from its beginning."""
    content.seek(0)
    md5 = Md5()
    while piece := content.read(_PIECE_BYTES):
        md5.update(piece)
    return {"file_size": md5.size, "md5_hash": md5.text}
