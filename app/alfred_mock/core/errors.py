"""Errors as the API tells them: `{"error": "<HTTP reason phrase>", "message": "<a sentence>"}`.

The shape is the documented one of the Deferred Session page (docs); using it for every route is
our choice.
"""

import errno
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import ConfigDict

from alfred_mock.core.models import LateModel
from alfred_mock.database.errors import CannotStart


class ErrorBody(LateModel):
    """What every error of every route but `/token` looks like."""

    model_config = ConfigDict(extra="forbid")

    error: str
    message: str


class ApiError(Exception):
    """An error that the client is told about.

    `message` reaches the client. `reason` does not: it says in full what was wrong, for the journal
    and the log, and must not hold a secret.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or message

    def body(self) -> dict[str, str]:
        """The JSON object that the client gets."""
        return error_body(self.status, self.message)


class BadRequest(ApiError):
    """The request cannot be understood."""

    status = HTTPStatus.BAD_REQUEST


class Unauthorized(ApiError):
    """The caller did not prove who they are; the client is never told which part was wrong."""

    status = HTTPStatus.UNAUTHORIZED
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer realm="Alfred", amx'})

    def __init__(self, reason: str) -> None:
        super().__init__("Authorization has been denied for this request.", reason=reason)


class Forbidden(ApiError):
    """Whoever the caller is, this is not theirs to do."""

    status = HTTPStatus.FORBIDDEN


class NotFound(ApiError):
    """The thing does not exist, or is not the caller's to see."""

    status = HTTPStatus.NOT_FOUND


class MethodNotAllowed(ApiError):
    """The path takes other methods."""

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, path: str, method: str, allowed: Iterable[str]) -> None:
        super().__init__(f"{path} does not take {method}.")
        self.headers = {"Allow": ", ".join(allowed)}


class Conflict(ApiError):
    """The thing is not, or not any more, in a state in which this can be done to it."""

    status = HTTPStatus.CONFLICT


class PayloadTooLarge(ApiError):
    """The request's body, or the file in it, is larger than the server takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, limit: int) -> None:
        super().__init__(f"More than {limit} bytes are not accepted.")


class PreconditionFailed(ApiError):
    """The file is not the one that the request's `If-Match` is about."""

    status = HTTPStatus.PRECONDITION_FAILED

    def __init__(self, etag: str) -> None:
        super().__init__(f"The file's ETag is {etag}, not what If-Match asks for.")
        self.headers = {"ETag": etag}


class UnsupportedEncoding(ApiError):
    """The request's body is compressed, or encoded otherwise."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    headers = MappingProxyType({"Accept-Encoding": "identity"})

    def __init__(self, encoding: str = "gzip") -> None:
        super().__init__(
            f"Content-Encoding '{encoding[:100]}' is not accepted: send the body as it is."
        )


class RangeNotSatisfiable(ApiError):
    """No byte of the range that was asked for exists."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size} bytes, none of them in the range asked for.")
        self.headers = {"Content-Range": f"bytes */{size}"}


class TooManyRequests(ApiError):
    """The credential has used up its requests of this minute."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    headers = MappingProxyType({"Retry-After": "60"})

    def __init__(self, limit: int, seconds: int) -> None:
        message = f"More than {limit} requests a minute are not accepted."
        super().__init__(message, reason=f"{message} The next minute begins in {seconds} s.")
        self.headers = MappingProxyType({"Retry-After": f"{seconds}"})


class Unavailable(ApiError):
    """Something the server stands on does not answer; trying again later may help."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers = MappingProxyType({"Retry-After": "1"})


_EXHAUSTED = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE))


def is_exhausted(error: Exception) -> bool:
    """Whether the machine has no room left on a disk, or no file descriptors."""
    return isinstance(error, OSError) and error.errno in _EXHAUSTED


def as_api_error(error: Exception) -> ApiError:
    """The error that the client is told of; errors of the database become one of the API."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, OSError):
        return Unavailable(
            "The server has no room left; try again later.", reason=f"{error.strerror}"
        )
    return Unavailable("The database cannot be reached; try again later.", reason=str(error))


class Refusal(CannotStart):
    """The server must not start: its settings, seed or database are not what they should be."""


# Python names these after one standard or another, depending on its version.
_PHRASES = {413: "Content Too Large", 416: "Range Not Satisfiable"}


def phrase_of(status: int) -> str:
    """The HTTP reason phrase of a status, the same on every version of Python."""
    return _PHRASES.get(status) or HTTPStatus(status).phrase


def error_body(status: int, message: str) -> dict[str, str]:
    """The documented error object for a status."""
    return {"error": phrase_of(status), "message": message}


def describe_errors(*errors: type[ApiError] | ApiError) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` for the errors that a route, or every route of a router, can answer.

    An error is its own example; that of a class is the first sentence of its docstring. The headers
    that it is answered with are described by themselves.
    """
    return {
        int(error.status): {
            "model": ErrorBody,
            "description": phrase_of(error.status),
            "headers": {name: _described(value) for name, value in error.headers.items()},
            "content": {"application/json": {"example": _example_of(error)}},
        }
        for error in errors
    }


def _described(value: str) -> dict[str, Any]:
    """OpenAPI's description of a header that is always there, by a value of it."""
    if value.isdigit():
        return {"required": True, "schema": {"type": "integer"}, "example": int(value)}
    return {"required": True, "schema": {"type": "string"}, "example": value}


def _example_of(error: type[ApiError] | ApiError) -> dict[str, str]:
    if isinstance(error, ApiError):
        return error.body()
    if error is Unauthorized:  # it never says anything else
        return Unauthorized("").body()
    return error_body(error.status, (error.__doc__ or "").split("\n")[0])
