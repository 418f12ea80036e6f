"""How an answer becomes bytes: each one is serialised exactly once."""

from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response


class JsonReply(Response):
    """A JSON answer made of a wire schema or of plain dicts, lists and strings.

    A router returns one of these rather than the schema itself: FastAPI would validate the schema
    a second time and walk it again to serialise it.
    """

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The content as compact UTF-8 JSON, fields in the order of the schema."""
        if isinstance(content, BaseModel):
            return content.__pydantic_serializer__.to_json(content, by_alias=True)
        return to_json(content)
