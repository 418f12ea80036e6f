"""An application whose answers, or whose document, have drifted from what is published."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alfred_mock.main import Application
from tests.support import API_KEY


@dataclass(frozen=True)
class Answer:
    """An answer to a request, as it leaves the server."""

    status: int
    headers: dict[str, str]
    body: Any

    def without(self, *headers: str) -> "Answer":
        """The answer without some of its headers."""
        kept = {name: value for name, value in self.headers.items() if name not in headers}
        return replace(self, headers=kept)

    def with_member(self, name: str, value: Any) -> "Answer":
        """The answer with another member, where it is an object."""
        return replace(self, body={**self.body, name: value})

    def renamed(self, old: str, new: str) -> "Answer":
        """The answer with a member under another name, where it has it."""
        members = {new if name == old else name: value for name, value in self.body.items()}
        return replace(self, body=members)


class Drifted:
    """Changes every answer of JSON but the document itself; takes `/readyz` its database away."""

    def __init__(self, app: Application, change: Callable[[Answer], Answer]) -> None:
        self._app = app
        self._change = change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, but for the change."""
        if scope["type"] != "http" or scope["path"].endswith("openapi.json"):
            await self._app(scope, receive, send)
            return
        messages: list[Message] = []

        async def take(message: Message) -> None:
            messages.append(message)

        if scope["path"] == "/readyz":
            await self._app.services.database.close()
        await self._app(scope, receive, take)
        begin, *rest = messages
        body = b"".join(message.get("body", b"") for message in rest)
        headers = {name.decode(): value.decode() for name, value in begin["headers"]}
        answer = self._change(Answer(begin["status"], headers, json.loads(body)))
        content = json.dumps(answer.body).encode()
        told = {**answer.headers, "content-length": str(len(content))}
        raw = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({**begin, "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": content})


class Unguarded:
    """Lets every request in: it is given credentials on the way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as if the client had a key."""
        if scope["type"] == "http":
            given = [pair for pair in scope["headers"] if pair[0] != b"x-tagshelfapi-key"]
            scope = {**scope, "headers": [*given, (b"x-tagshelfapi-key", API_KEY.encode())]}
        await self._app(scope, receive, send)
