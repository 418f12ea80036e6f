"""How an answer becomes bytes: each one is serialised exactly once."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

JSON = (b"content-type", b"application/json")
"""The header of each of these answers, unless it is given another one."""


def headers_of(body: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that is given no others."""
    return [JSON, (b"content-length", b"%d" % len(body))]


def are_usual(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether these headers are the ones that `headers_of` has made."""
    return len(headers) == 2 and headers[0] is JSON


class JsonReply(Response):
    """A JSON answer made of a wire schema or of plain dicts, lists and strings.

    A router returns one of these rather than the schema itself: FastAPI would validate the schema
    a second time and walk it again to serialise it. Starlette's general way of making headers is
    left out too, since there are only ever these two.
    """

    media_type = "application/json"

    def __init__(
        self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status_code = status_code
        self.background = None
        self.body = self.render(content)
        self.raw_headers = headers_of(self.body)
        if headers:
            self.headers.update(headers)

    def render(self, content: Any) -> bytes:
        """The content as compact UTF-8 JSON, fields in the order of the schema."""
        if isinstance(content, BaseModel):
            return content.__pydantic_serializer__.to_json(content, by_alias=True)
        return to_json(content)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        await send({"type": "http.response.body", "body": self.body})
