"""The application's OpenAPI document: complete, and made when it is first asked for.

FastAPI describes what the routes declare. `document` adds what is true of every route: headers,
common answers, examples, links, named bodies. So a new route is described in full by itself.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

Links = Mapping[str, Sequence[str]]
"""By a member of an answer, such as `JobCreated.job_id`: the operations that take its value."""


class DocumentedApp(FastAPI):
    """FastAPI with settled names in its OpenAPI document, and without its own 422.

    Bad parameters are answered with 400.
    """

    def __init__(self, *, links: Links, public_url: str | None = None, **options: Any) -> None:
        """`public_url` is where clients reach the server; unless given, where the document is."""
        super().__init__(
            docs_url=None,  # FastAPI's own pages load all that they need from elsewhere
            redoc_url=None,
            redirect_slashes=False,
            generate_unique_id_function=operation_id,
            separate_input_output_schemas=False,
            servers=[{"url": public_url or "/", "description": "This server."}],
            contact={"name": "The authors of alfred-mock"},
            license_info={"name": "MIT", "identifier": "MIT"},
            **options,
        )
        self._links = links
        self._included: list[APIRouter] = []

    def include_router(self, router: APIRouter, **options: Any) -> None:
        """Serve the routes of a router, whose module says what their tags are about."""
        self._included.append(router)
        super().include_router(router, **options)

    def openapi(self) -> dict[str, Any]:
        """The document as it is published, made once.

        Its answers are open objects: a member that Alfred adds must not break generated clients.
        """
        if self.openapi_schema is None:
            from alfred_mock.core.openapi.schemas import opened

            self.openapi_schema = opened(self.closed_openapi())
        return self.openapi_schema

    def closed_openapi(self) -> dict[str, Any]:
        """The same with closed answers, in which a member that is not described is an error.

        The server is held to this one by its own tests.
        """
        from alfred_mock.core.openapi.document import complete

        published, self.openapi_schema = self.openapi_schema, None
        document = super().openapi()
        self.openapi_schema = published
        return complete(document, links=self._links, tags=self._tags())

    def _tags(self) -> dict[str, str]:
        """What each tag is about: the first line of the module that uses it first."""
        return {
            str(tag): (sys.modules[route.endpoint.__module__].__doc__ or "").partition("\n")[0]
            for router in reversed(self._included)
            for route in reversed(router.routes)
            if isinstance(route, APIRoute)
            for tag in reversed(route.tags)
        }


def operation_id(route: APIRoute) -> str:
    """A name for an operation that does not change with its path: tag and function."""
    return re.sub(r"[\W_]+", "-", f"{(route.tags or ['root'])[0]}-{route.name}").lower()
