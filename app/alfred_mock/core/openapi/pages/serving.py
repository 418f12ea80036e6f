"""Answers requests for the pages of an OpenAPI document and for what these load."""

import gzip
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from alfred_mock.core.errors import NotFound

_FOLDER = files("alfred_mock.core.openapi.pages")
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}

# A page asks for its files again each time, by ETag: they change with the version of the server.
_CACHED: Final = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}

_COMMON_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
# Both set styles by script, which no policy stops; Swagger UI has nothing else inline. Redoc adds
# two `<style>` elements: an empty one, to which it adds by script, and that of its scroll bars,
# which has this hash as long as Redoc has this version. Its search is a worker made of a blob.
_EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
_SCROLL_BARS = "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
_STYLES_OF_REDOC = f"style-src 'self' {_EMPTY} {_SCROLL_BARS}"
_POLICIES = {
    "swagger.html": f"{_COMMON_POLICY}; style-src 'self'; img-src data:",
    "redoc.html": f"{_COMMON_POLICY}; {_STYLES_OF_REDOC}; img-src data:; worker-src blob:",
}


class StaticFile(NamedTuple):
    """A file as it is kept and nearly always sent; plain it would take three times as much."""

    compressed: bytes
    etag: str
    """Without quotation marks; the compressed form has one of its own."""

    @property
    def plain(self) -> bytes:
        """For a client that does not take it compressed."""
        return gzip.decompress(self.compressed)


def page(request: Request, name: str) -> Response:
    """An HTML page, which names the application whose document it shows."""
    text = (_FOLDER / "files" / name).read_text("utf-8")
    path = request.url.path.rpartition("/")[2]
    shown = text.replace("{title}", escape(request.app.title)).replace("{page}", escape(path))
    headers = {
        **_CACHED,
        "Content-Security-Policy": _POLICIES[name],
        "X-Frame-Options": "DENY",
    }
    return Response(shown, media_type="text/html", headers=headers)


def file_of(request: Request, names: Sequence[str]) -> Response:
    """One of these files, or 304 where the browser has it; compressed if it takes that.

    Raises:
        NotFound: it is none of these.
    """
    name = request.path_params["name"]
    if name not in names:
        raise NotFound(f"The page has no file {name[:200]!r}.")
    found = read_file(name)
    is_compressed = takes_gzip(request.headers.get("accept-encoding", ""))
    etag = f'"{found.etag}-gzip"' if is_compressed else f'"{found.etag}"'
    headers = {**_CACHED, "ETag": etag, "Vary": "Accept-Encoding"}
    if _has(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    content = found.compressed if is_compressed else found.plain
    media_type = _TYPES[name.rpartition(".")[2]]
    return Response(content, media_type=media_type, headers=headers)


@cache
def read_file(name: str) -> StaticFile:
    """A file of ours, or one of others, which is kept compressed."""
    ours = _FOLDER / "files" / name
    if ours.is_file():
        compressed = gzip.compress(ours.read_bytes(), mtime=0)
    else:
        compressed = (_FOLDER / "vendor" / f"{name}.gz").read_bytes()
    return StaticFile(compressed, hashlib.sha256(compressed).hexdigest()[:32])


def takes_gzip(accepted: str) -> bool:
    """Whether a client accepts this coding, by its `Accept-Encoding`."""
    for coding in accepted.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in {"gzip", "*"} and not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight):
            return True
    return False


def _has(tags: str, etag: str) -> bool:
    return etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
