"""Control calls that pages make, judged and answered as those of every other client."""

import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.types import Message

from alfred_mock.control.access import PREFIX
from alfred_mock.control.company_tokens import HELD_TO, hold_to
from alfred_mock.control.console.context import console_of


class Answer(NamedTuple):
    """What the control API has answered."""

    status: int
    body: Any
    """The JSON value."""

    @property
    def is_error(self) -> bool:
        """Whether the call was refused or has failed."""
        return self.status >= 400

    @property
    def message(self) -> str:
        """Why it was refused."""
        return str(self.body.get("message", "")) if isinstance(self.body, dict) else ""


async def call(
    request: Request,
    method: str,
    path: str,
    *,
    query: dict[str, Any] | None = None,
    body: Any = None,
) -> Answer:
    """Call the control API for the caller of a page; `path` is what follows `/__admin`.

    Members of `query` that are None are left out; a `body` that is None is none.

    Raises:
        Forbidden: the caller's token is for one company, and this is not for such a token.
    """
    held_to = HELD_TO.get()
    if held_to is not None:
        hold_to(held_to, method, path)
    given = {name: value for name, value in (query or {}).items() if value is not None}
    content = b"" if body is None else json.dumps(body).encode()
    scope = {
        **request.scope,
        "method": method,
        "path": f"{PREFIX}{path}",
        "raw_path": f"{PREFIX}{path}".encode(),
        "root_path": "",
        "query_string": urlencode(given).encode(),
        "headers": _headers(request, content),
        "path_params": {},
    }
    for name in ("route", "endpoint", "router", "fastapi_astack", "fastapi_inner_astack"):
        scope.pop(name, None)
    return await _answer(console_of(request).control, scope, content)


def _headers(request: Request, content: bytes) -> list[tuple[bytes, bytes]]:
    kept = [pair for pair in request.scope["headers"] if pair[0] in (b"host", b"x-request-id")]
    if content:
        kept.append((b"content-type", b"application/json"))
        kept.append((b"content-length", b"%d" % len(content)))
    return kept


async def _answer(control: Any, scope: dict[str, Any], content: bytes) -> Answer:
    status, received = 0, bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            received.extend(message.get("body", b""))

    await control(scope, receive, send)
    return Answer(status, json.loads(received or b"null"))
