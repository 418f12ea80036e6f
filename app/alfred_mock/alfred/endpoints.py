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
    TooManyRequests,
    Unauthorized,
    Unavailable,
    describe_errors,
)
from alfred_mock.core.openapi import Links
from alfred_mock.engine.late_routes import LateRoute

EXAMPLE_ID = "456f1234-e89b-12d3-a456-426655440000"
"""Stands for an id that is unknown (docs)."""
ERRORS_OF_CALLER = (Unauthorized, TooManyRequests(10_000, 60))
"""The errors of an endpoint that needs a caller, for `describe_errors`."""
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
        responses=describe_errors(*ERRORS_OF_CALLER, Unavailable),
    )


def errors_of_id(kind: str, *, parameter: str = "id") -> tuple[ApiError, ApiError]:
    """The errors of an endpoint with an id in its path, for `describe_errors`."""
    return BadRequest(f"Parameter '{parameter}' must be a UUID."), unknown(kind, EXAMPLE_ID)


_FILE = ("file-detail", "file-download", "metadata-values-values-of-file")
_JOB = ("job-detail",)
LINKS: Links = {
    "SessionCreated.session_id": ("deferred-session-detail", "job-create"),
    "FileCreated.file_id": _FILE,
    "FileDetail.id": _FILE,
    "JobCreated.job_id": _JOB,
    "JobDetail.id": _JOB,
    "JobFile.id": _FILE,
    "RemoteUploadCreated.job_id": _JOB,
    "TagShown.id": ("metadata-values-values-of-tag", "report-report-of-tag"),
    "CompanyShown.id": ("account-tags",),
}
"""Which operations take the ids of an answer; OpenAPI's links are made from it."""


class _DocumentedBody(UserDict[str, Any]):
    """OpenAPI's description of a JSON body that the endpoint reads by itself.

    It is made when the document is: no other request needs it.
    """

    def __init__(self, *models: type[BaseModel]) -> None:
        self._models = models

    @cached_property
    def data(self) -> dict[str, Any]:  # type: ignore[override]
        """The description."""
        schemas = [
            model.model_json_schema(ref_template="#/components/schemas/{model}")
            for model in self._models
        ]
        schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        return {"requestBody": body}


def documented_body(*models: type[BaseModel]) -> Any:
    """The description of a body, for `openapi_extra`, which takes any mapping.

    Of several models the body is exactly one.
    """
    return _DocumentedBody(*models)
