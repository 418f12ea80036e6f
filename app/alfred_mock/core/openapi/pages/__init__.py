"""The pages that show an OpenAPI document in a browser: Swagger UI and Redoc.

All that they load is in this package, so that they work without a network. What a page is made of
is read when somebody first opens it; this module has the names only.

All addresses in a page are relative: it works behind a proxy that serves it under another path.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

SWAGGER_FILES = (
    *("page.css", "swagger-ui.css", "swagger-ui-bundle.js"),
    *("swagger.js", "amx.js", "md5.js"),
)
REDOC_FILES = ("page.css", "redoc.standalone.js", "redoc.js")


def add_swagger_page(app: Starlette, path: str) -> None:
    """Serve Swagger UI, and its files below; the document must be `openapi.json` beside it."""
    app.add_route(path, _swagger, include_in_schema=False)
    app.add_route(f"{path}/files/{{name}}", _swagger_file, include_in_schema=False)


def add_redoc_page(app: Starlette, path: str) -> None:
    """The same for Redoc, which shows a document on one page to read it."""
    app.add_route(path, _redoc, include_in_schema=False)
    app.add_route(f"{path}/files/{{name}}", _redoc_file, include_in_schema=False)


def paths_of_swagger(path: str) -> tuple[str, ...]:
    """The paths of Swagger UI: the page, and all that it loads."""
    return (path, *(f"{path}/files/{name}" for name in SWAGGER_FILES))


def paths_of_redoc(path: str) -> tuple[str, ...]:
    """The paths of Redoc: the page, and all that it loads."""
    return (path, *(f"{path}/files/{name}" for name in REDOC_FILES))


async def _swagger(request: Request) -> Response:
    from alfred_mock.core.openapi.pages.serving import page

    return page(request, "swagger.html")


async def _swagger_file(request: Request) -> Response:
    from alfred_mock.core.openapi.pages.serving import file_of

    return file_of(request, SWAGGER_FILES)


async def _redoc(request: Request) -> Response:
    from alfred_mock.core.openapi.pages.serving import page

    return page(request, "redoc.html")


async def _redoc_file(request: Request) -> Response:
    from alfred_mock.core.openapi.pages.serving import file_of

    return file_of(request, REDOC_FILES)
