"""Answers of a recording, for routes that this server has not.

`alfred-mock record` lists such routes in `unknown.json`, with an answer of each. Where this server
would say that there is no such route, that answer is given instead (our choice). It has no state:
the same request has the same answer, whoever asks.
"""

import json
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alfred_mock.core.errors import Refusal
from alfred_mock.core.ids import parse_uuid
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.text_files import read_text

FILE = "unknown.json"
SOURCE = ("X-Alfred-Mock-Source", "recording")
"""The header that marks what was recorded."""
_NO_ROUTE = (404, 405)

Played = dict[tuple[str, str], tuple[int, Any]]
"""Status and content by method and path; an id in a path stands for any other."""


def read_playback(folder: Path) -> Played:
    """The answers in the folder of a recording.

    Raises:
        Refusal: there are none, or they are not as a recording has them.
    """
    path = folder / FILE
    try:
        routes = json.loads(read_text(path))["routes"]
        return {
            (route["method"], _any_id(route["path"])): (int(route["status"]), route["answer"])
            for route in routes
        }
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from None
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Refusal(f"{path}: this is not what alfred-mock record writes") from None


def _any_id(path: str) -> str:
    return "/".join("{id}" if parse_uuid(part) else part for part in path.split("/"))


class Playback:
    """Gives recorded answers where the application has no route."""

    def __init__(self, app: ASGIApp, played: Played) -> None:
        self._app = app
        self._played = played

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http":
            found = self._played.get((scope["method"], _any_id(scope["path"])))
        if found is None:
            await self._app(scope, receive, send)
            return
        is_ours = True

        async def unless_unknown(message: Message) -> None:
            nonlocal is_ours
            if message["type"] == "http.response.start":
                is_ours = message["status"] not in _NO_ROUTE
            if is_ours:
                await send(message)

        await self._app(scope, receive, unless_unknown)
        if not is_ours:
            status, content = found
            await JsonReply(content, status, dict([SOURCE]))(scope, receive, send)
