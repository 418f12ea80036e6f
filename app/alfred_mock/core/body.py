"""A request's body, which may be read twice: to check a signature, and by the endpoint.

A signature covers the body, so a caller who signs is known only once the body was read. The check
keeps the body, on disk beyond a small size, and the endpoint reads it from there. A body that was
not signed comes from the connection.
"""

import json
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from alfred_mock.core.errors import BadRequest, PayloadTooLarge, UnsupportedEncoding
from alfred_mock.core.scope_keys import EARLY_BODY
from alfred_mock.core.validation import in_plain_words, message_of, place_of

T = TypeVar("T", bound=BaseModel)

IN_MEMORY_BYTES = 1_048_576
"""A body that is kept goes to disk beyond this."""
JSON_BYTES = 1_048_576
"""The largest JSON document that is accepted."""

_CHUNK = 262_144


class _Kept:
    """A body that was read before its endpoint asked for it."""

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115

    async def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._limit:
            raise PayloadTooLarge(self._limit)
        await run_in_threadpool(self._file.write, chunk)

    async def chunks(self) -> AsyncIterator[bytes]:
        self._file.seek(0)
        while chunk := await run_in_threadpool(self._file.read, _CHUNK):
            yield chunk

    def close(self) -> None:
        self._file.close()


async def read_early(request: Request, *, limit: int) -> AsyncIterator[bytes]:
    """The body's chunks, kept for `body_of`.

    Raises:
        PayloadTooLarge: there are more than `limit` bytes; as soon as that is known.
    """
    if declared_size(request) > limit:
        raise PayloadTooLarge(limit)
    kept: _Kept | None = None
    request.scope[EARLY_BODY] = None  # read, and empty so far
    async for chunk in request.stream():
        if chunk:
            if kept is None:
                kept = request.scope[EARLY_BODY] = _Kept(limit)
            await kept.add(chunk)
            yield chunk


async def body_of(request: Request, *, limit: int) -> AsyncIterator[bytes]:
    """The body's chunks, kept or from the connection.

    Raises:
        PayloadTooLarge: there are more than `limit` bytes; as soon as that is known.
        UnsupportedEncoding: it is compressed.
    """
    refuse_encodings(request)
    if declared_size(request) > limit:
        raise PayloadTooLarge(limit)
    size = 0
    async for chunk in _chunks(request):
        size += len(chunk)
        if size > limit:
            raise PayloadTooLarge(limit)
        yield chunk


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The chunks that were read early, none for an empty body, or those of the connection."""
    if EARLY_BODY not in request.scope:
        async for chunk in request.stream():
            yield chunk
    elif (kept := request.scope[EARLY_BODY]) is not None:
        async for chunk in kept.chunks():
            yield chunk


def declared_size(request: Request) -> int:
    """How many bytes the request says it has; 0 if it does not say."""
    declared = request.headers.get("Content-Length", "")
    return int(declared[:18]) if declared.isascii() and declared.isdecimal() else 0


def refuse_encodings(request: Request) -> None:
    """Take a body only as it is.

    Raises:
        UnsupportedEncoding: it is compressed.
    """
    for line in request.headers.getlist("Content-Encoding"):
        if line.strip().lower() not in ("", "identity"):
            raise UnsupportedEncoding(line)


def release(scope: Scope) -> None:
    """Delete a body that was kept; to be called once its request is answered."""
    kept: _Kept | None = scope.get(EARLY_BODY)
    if kept is not None:
        kept.close()


async def json_of(request: Request, model: type[T], *, strict: bool = False) -> T:
    """The body as the JSON object that the model describes, whatever its `Content-Type` says.

    The validators of the model find `strict` in their context.

    Raises:
        BadRequest: it is no JSON, or not such an object; names the field.
        PayloadTooLarge: it is longer than any such object.
        UnsupportedEncoding: it is compressed.
    """
    read = bytearray()
    async for chunk in body_of(request, limit=JSON_BYTES):
        read += chunk
    try:
        content = json.loads(read, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRequest("The body must be a JSON object.") from None
    if not isinstance(content, dict):
        raise BadRequest("The body must be a JSON object.")
    try:
        return model.model_validate(content, context={"strict": strict})
    except ValidationError as error:
        problems = [_explain(dict(item)) for item in error.errors()]
        raise BadRequest("; ".join(problems) + ".") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _explain(error: dict[str, Any]) -> str:
    if not error["loc"]:
        return message_of(error)
    return f"Field '{place_of(error)}' {in_plain_words(error)}"
