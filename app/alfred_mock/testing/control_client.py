"""Calls of the control API over HTTP, with nothing but the standard library."""

import json
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

TIMEOUT_SECONDS = 30


class ControlError(Exception):
    """The server did not do what it was asked to; the text is its message."""

    def __init__(self, message: str, *, status: int | None = None, answer: Any = None) -> None:
        super().__init__(message)
        self.status = status
        """None where there was no answer."""
        self.answer = answer
        """The whole JSON document of the answer."""


class ControlClient:
    """Makes a connection for each call, so that any thread may call; goes by no proxy."""

    def __init__(self, url: str, admin_token: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no URL that begins with http:// or https://")
        self.url = url.rstrip("/")
        self._connection = HTTPConnection if parts.scheme == "http" else HTTPSConnection
        self._host, self._port = parts.hostname, parts.port
        self._prefix = f"{parts.path.rstrip('/')}/__admin"
        self._headers = {"Content-Type": "application/json"}
        if admin_token is not None:
            self._headers["Authorization"] = f"Bearer {admin_token}"

    def call(
        self,
        method: str,
        *path: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Any:
        """The JSON document that the server answers with; None in the query is not sent.

        Raises:
            ControlError: the server refuses, or cannot be reached.
        """
        target = "/".join([self._prefix, *(quote(part, safe="") for part in path)])
        asked = urlencode(given(query or {}))
        content = None if body is None else json.dumps(body).encode()
        try:
            with closing(self._connection(self._host, self._port, timeout=timeout)) as connection:
                whole = f"{target}?{asked}" if asked else target
                connection.request(method, whole, content, self._headers)
                with connection.getresponse() as response:
                    status, text = response.status, response.read()
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise ControlError(f"no answer from {self.url}: {reason}") from error
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if status >= 400 or answer is None:
            message = answer.get("message") if isinstance(answer, dict) else None
            message = message or f"{method} {target} was answered with {status}"
            raise ControlError(message, status=status, answer=answer)
        return answer


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not None: None leaves the decision to the server."""
    return {name: value for name, value in values.items() if value is not None}
