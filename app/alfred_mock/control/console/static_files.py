"""The files that pages load: style sheet, scripts, icon."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from alfred_mock.core.errors import NotFound

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # A page of another origin cannot tell by them that this server is here.
    "Cross-Origin-Resource-Policy": "same-origin",
}


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in _FOLDER.iterdir())


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


@cache
def version_of(name: str) -> str:
    """Changes with the content of the file, which so can be kept for good."""
    return hashlib.sha256(_content(name)).hexdigest()[:12]


async def static_file(request: Request) -> Response:
    """Answers with a file.

    Raises:
        NotFound: there is none of this name.
    """
    name: str = request.path_params["name"]
    if name not in _names():
        raise NotFound("There is no such file.")
    is_of_this_version = request.query_params.get("v") == version_of(name)
    kept = "public, max-age=31536000, immutable" if is_of_this_version else "no-cache"
    headers = {**_HEADERS, "Cache-Control": kept}
    return Response(_content(name), headers=headers, media_type=_TYPES[Path(name).suffix])
