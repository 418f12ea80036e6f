"""A file's content as an answer: streamed, in whole or in part."""

import logging
import re
from collections.abc import AsyncIterator
from types import SimpleNamespace

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from alfred_mock.alfred.files.naming import content_disposition
from alfred_mock.core.error_handlers import TOLD, api_error
from alfred_mock.core.errors import NotFound, RangeNotSatisfiable, as_api_error
from alfred_mock.core.load_shed import give_back_slot
from alfred_mock.core.storage import ContentGone, Storage

log = logging.getLogger("alfred_mock")

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,300})-([0-9]{0,300})[ \t]*", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:[ \t]*;[ -~\t]*)?", re.ASCII)
_ANY_TYPE = "application/octet-stream"


class FileReply(Response):
    """Sends a file as a download, or the one range of its bytes that was asked for.

    A `Range` with several ranges, other units or bad syntax is ignored, as RFC 9110 allows, and so
    is a range of another file than `If-Range` means (our choice; nothing is documented). A failure
    before the first byte is an error like any other. After that, the connection breaks, so that
    the client does not take a part for the whole.
    """

    media_type = _ANY_TYPE

    def __init__(
        self,
        storage: Storage,
        file: SimpleNamespace,
        *,
        range_header: str | None = None,
        if_range: str | None = None,
    ) -> None:
        """Prepare the answer; `file` is the row of the file.

        Raises:
            RangeNotSatisfiable: the file has none of the bytes that were asked for.
        """
        size: int = file.file_size
        etag = etag_of(file)
        if range_header is None or if_range not in {None, etag}:
            part = None
        else:
            part = range_of(range_header, size)
        self._first, self._size = part or (0, size)
        self._storage, self._company_id, self._file_id = storage, file.company_id, file.id
        self.status_code = 206 if part else 200
        self.background = None
        self.body = b""
        content_type = file.content_type
        headers = {
            "content-type": content_type if _MEDIA_TYPE.fullmatch(content_type) else _ANY_TYPE,
            "content-length": str(self._size),
            "content-disposition": content_disposition(file.file_name),
            "accept-ranges": "bytes",
            "etag": etag,
            # Clients upload what they like: no browser runs it as a page of this server.
            "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox",
        }
        if part:
            last = self._first + self._size - 1
            headers["content-range"] = f"bytes {self._first}-{last}/{size}"
        self.raw_headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pieces = aiter(self._storage.read(self._company_id, self._file_id, self._first, self._size))
        try:
            piece = await _next_of(pieces)
        except TOLD as error:
            reply = await api_error(Request(scope), error)
            await reply(scope, receive, send)
            return
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        give_back_slot(scope)
        while piece:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            try:
                piece = await _next_of(pieces)
            except TOLD as error:
                # The server breaks the connection of a reply that is not finished.
                reason = as_api_error(error).reason
                log.warning("the download of file %s broke off: %s", self._file_id, reason)
                return
        await send({"type": "http.response.body"})


def etag_of(file: SimpleNamespace) -> str:
    """What names the content: files with the same one are the same, byte for byte."""
    return f'"{file.md5_hash}"'


async def _next_of(pieces: AsyncIterator[bytes]) -> bytes:
    """The next piece; nothing at the end."""
    try:
        return await anext(pieces, b"")
    except ContentGone:
        raise NotFound(
            "The content of this file is gone.", reason="its content is not in the storage"
        ) from None


def range_of(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the number of bytes that a `Range` header asks for; None to ignore it.

    Raises:
        RangeNotSatisfiable: there are no such bytes.
    """
    found = _ONE_RANGE.fullmatch(header.strip())
    first, last = found.groups() if found else ("", "")
    if not first and not last:
        return None
    if not first:
        if not int(last):
            raise RangeNotSatisfiable(size)
        length = min(int(last), size)
        return (size - length, length) if length else None
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise RangeNotSatisfiable(size)
    return int(first), min(int(last or size), size - 1) - int(first) + 1
