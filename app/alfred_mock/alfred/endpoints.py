"""Helpers for the routers of all parts of the API, above all for OpenAPI."""

from collections import UserDict
from functools import cached_property
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from alfred_mock.alfred.wire import unknown
from alfred_mock.auth.dependency import documented_schemes
from alfred_mock.core.errors import (
    ApiError,
    BadRequest,
    Conflict,
    Unauthorized,
    Unavailable,
    describe_errors,
)
from alfred_mock.engine.late_routes import LateRoute

EXAMPLE_ID = "456f1234-e89b-12d3-a456-426655440000"
"""Stands for an id that is unknown (docs)."""
ERRORS_OF_SESSION = (
    unknown("Deferred Session", EXAMPLE_ID),
    Conflict("Deferred Session with ID 0f767925-b464-4ffa-b621-1a0aeacac256 is closed."),
)
"""The errors of an endpoint that needs an open session, for `describe_errors`."""


def api_router(prefix: str, *tags: str) -> APIRouter:
    """A router whose endpoints all need a caller and the database."""
    return APIRouter(
        route_class=LateRoute,
        prefix=prefix,
        tags=list(tags),
        dependencies=documented_schemes,
        responses=describe_errors(Unauthorized, Unavailable),
    )


def errors_of_id(kind: str, *, parameter: str = "id") -> tuple[ApiError, ApiError]:
    """The errors of an endpoint with an id in its path, for `describe_errors`."""
    return BadRequest(f"Parameter '{parameter}' must be a UUID."), unknown(kind, EXAMPLE_ID)


class _DocumentedBody(UserDict[str, Any]):
    """OpenAPI's description of a JSON body that the endpoint reads by itself.

    It is made when the document is: no other request needs it.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    @cached_property
    def data(self) -> dict[str, Any]:  # type: ignore[override]
        """The description."""
        schema = self._model.model_json_schema(ref_template="#/components/schemas/{model}")
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        return {"requestBody": body}


def documented_body(model: type[BaseModel]) -> Any:
    """The description of a body, for `openapi_extra`, which takes any mapping."""
    return _DocumentedBody(model)
