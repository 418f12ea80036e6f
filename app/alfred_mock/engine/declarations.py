"""What the route of a request declares: the names in its query, and the members of its body."""

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel


class Declared(NamedTuple):
    """The names that a call knows."""

    query: tuple[str, ...]
    reads_query: bool
    """Whether the endpoint reads the rest of the query by itself."""
    body: tuple[str, ...] | None
    """The members of a body that FastAPI reads; None where there is none."""
    reads_body: bool
    """Whether the endpoint reads a body by itself."""


def declared_by(route: APIRoute) -> Declared:
    """The declarations of a route and of all that it depends on."""
    more = route.openapi_extra or {}
    return Declared(
        query=tuple(dict.fromkeys(_query_names(route.dependant))),
        reads_query=any(
            parameter["in"] == "query" and parameter["schema"]["type"] == "object"
            for parameter in more.get("parameters", ())
        ),
        body=None if route.body_field is None else tuple(_members(route.body_field.field_info)),
        reads_body="requestBody" in more,
    )


def _query_names(dependant: Dependant) -> Iterator[str]:
    for needed in dependant.dependencies:
        yield from _query_names(needed)
    for parameter in dependant.query_params:
        yield parameter.alias


def _members(body: Any) -> Iterator[str]:
    for kind in (body.annotation, *get_args(body.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from kind.model_fields
