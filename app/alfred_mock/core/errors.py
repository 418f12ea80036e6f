"""Errors as the API tells them: `{"error": "<HTTP reason phrase>", "message": "<a sentence>"}`.

The shape is the documented one of the Deferred Session page (docs); using it for every route is
our choice.
"""

from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class ErrorBody(BaseModel):
    """What every error of every route but `/token` looks like."""

    model_config = ConfigDict(extra="forbid")

    error: str
    message: str


class ApiError(Exception):
    """An error that the client is told about.

    `message` reaches the client. `reason` does not: it says in full what was wrong, for whoever
    runs the server, and must not hold a secret.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    headers: ClassVar[dict[str, str]] = {}

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
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="Alfred", amx'}

    def __init__(self, reason: str) -> None:
        super().__init__("Authorization has been denied for this request.", reason=reason)


class NotFound(ApiError):
    """The thing does not exist, or is not the caller's to see."""

    status = HTTPStatus.NOT_FOUND


class Unavailable(ApiError):
    """Something the server stands on does not answer; trying again later may help."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class Refusal(Exception):
    """The server must not start: its settings, seed or database are not what they should be."""


def error_body(status: int, message: str) -> dict[str, str]:
    """The documented error object for a status."""
    return {"error": HTTPStatus(status).phrase, "message": message}


def describe_errors(*errors: type[ApiError], **examples: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` for the errors that a route can answer.

    `examples` gives the message of an error's example by the name of its class.
    """
    described: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        message = examples.get(error.__name__)
        if message is None:
            message = "Authorization has been denied for this request."
            if error is not Unauthorized:
                message = (error.__doc__ or "").split("\n")[0]
        described[int(error.status)] = {
            "model": ErrorBody,
            "description": error.status.phrase,
            "content": {"application/json": {"example": error_body(error.status, message)}},
        }
    return described
