"""Turns every error into the documented shape, on every route."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from alfred_mock.core.errors import (
    ApiError,
    MethodNotAllowed,
    as_api_error,
    error_body,
    is_exhausted,
)
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.scope_keys import REASON
from alfred_mock.core.validation import in_plain_words
from alfred_mock.database.errors import DatabaseUnavailable

log = logging.getLogger("alfred_mock")

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")

TOLD = (ApiError, DatabaseUnavailable)
"""Errors that the client is told about; any other is a fault of ours."""


def install_error_handlers(app: FastAPI) -> None:
    """Make the application answer every error as `{"error", "message"}`."""
    for told in TOLD:
        app.exception_handler(told)(api_error)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(ClientDisconnect)(client_gone)
    app.exception_handler(OSError)(_system_error)
    app.exception_handler(Exception)(unexpected_error)


def _reply(status: int, message: str, headers: Mapping[str, str] | None = None) -> JsonReply:
    return JsonReply(error_body(status, message), status_code=status, headers=headers)


async def answer_to(request: Request, error: Exception) -> JsonReply:
    """The answer to an error that an endpoint has raised."""
    if isinstance(error, TOLD) or is_exhausted(error):
        return await api_error(request, error)
    if isinstance(error, ClientDisconnect):
        return await client_gone(request, error)
    log.exception("%s %s", request.scope["method"], request.scope["path"], exc_info=error)
    return await unexpected_error(request, error)


async def api_error(request: Request, error: Exception) -> JsonReply:
    """The answer that tells the client of an error; its reason stays in the scope, for the log."""
    error = as_api_error(error)
    request.scope[REASON] = error.reason
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("%s: %s", error.status.phrase, error.reason)
    return _reply(error.status, error.message, error.headers)


async def _system_error(request: Request, error: OSError) -> JsonReply:
    """What the system has refused: its limits are told, all else is a fault of ours."""
    if is_exhausted(error):
        return await api_error(request, error)
    raise error


def _allowed(request: Request) -> list[str]:
    """The methods that the path takes; the router names only those of the first route with it."""
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


async def _http_error(request: Request, error: HTTPException) -> Response:
    """The router's own errors: no such route, or not with this method."""
    method, path = request.method, request.scope["path"]
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        refusal = MethodNotAllowed(path, method, _allowed(request))
        if method == "OPTIONS":
            return Response(headers=refusal.headers)
        return _reply(refusal.status, refusal.message, refusal.headers)
    message = f"{error.detail}"
    if error.status_code == HTTPStatus.NOT_FOUND:
        message = f"No resource matches {method} {path}."
    return _reply(error.status_code, message, error.headers)


async def _invalid_request(request: Request, error: RequestValidationError) -> JsonReply:
    """FastAPI's 422, as the API would say it: 400, naming the parameters."""
    problems = [f"Parameter '{item['loc'][-1]}' {in_plain_words(item)}" for item in error.errors()]
    request.scope[REASON] = "; ".join(problems)
    return _reply(HTTPStatus.BAD_REQUEST, "; ".join(problems) + ".")


async def client_gone(request: Request, error: Exception) -> JsonReply:
    """The answer to a client that has gone away; it only ends up in the log."""
    request.scope[REASON] = "the client went away before its request was complete"
    return _reply(HTTPStatus.BAD_REQUEST, "The request is not complete.")


async def unexpected_error(request: Request, error: Exception) -> JsonReply:
    """A fault of ours: the trace goes to the log, never to the client."""
    request.scope[REASON] = f"{type(error).__name__}: {error}"
    return _reply(
        HTTPStatus.INTERNAL_SERVER_ERROR, "An unexpected error occurred; the server's log has it."
    )
