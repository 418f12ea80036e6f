"""Calls of the control API over HTTP, with nothing but the standard library."""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection, RemoteDisconnected
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

TIMEOUT_SECONDS = 30
_GONE = (RemoteDisconnected, BrokenPipeError, ConnectionResetError)


class ControlError(Exception):
    """The server did not do what it was asked to; the text is what it said."""

    def __init__(self, message: str, *, status: int | None = None, answer: Any = None) -> None:
        super().__init__(message)
        self.status = status
        """None where there was no answer."""
        self.answer = answer
        """The whole JSON document of the answer."""


class ControlClient:
    """Keeps a connection for each thread that calls at the same time, and goes by no proxy."""

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
        self._lock = threading.Lock()
        self._idle: list[HTTPConnection] = []

    def call(
        self,
        method: str,
        *path: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Any:
        """The JSON document that the server answers with; what is None in the query is not sent.

        Raises:
            ControlError: the server refuses, or cannot be reached.
        """
        target = "/".join([self._prefix, *(quote(part, safe="") for part in path)])
        asked = urlencode(given(query or {}))
        content = None if body is None else json.dumps(body).encode()
        try:
            status, text = self._send(
                method, f"{target}?{asked}" if asked else target, content, timeout
            )
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

    def _send(
        self, method: str, target: str, content: bytes | None, timeout: float
    ) -> tuple[int, bytes]:
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        if kept is not None:
            # The server ends connections that rest for long; it has done nothing with a request
            # that it has closed the door to.
            with suppress(*_GONE):
                return self._exchange(kept, method, target, content, timeout)
        connection = self._connection(self._host, self._port, timeout=timeout)
        return self._exchange(connection, method, target, content, timeout)

    def _exchange(
        self,
        connection: HTTPConnection,
        method: str,
        target: str,
        content: bytes | None,
        timeout: float,
    ) -> tuple[int, bytes]:
        try:
            connection.timeout = timeout
            if connection.sock is not None:
                connection.sock.settimeout(timeout)
            connection.request(method, target, content, self._headers)
            with connection.getresponse() as response:
                answer = response.status, response.read()
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Close what is open; the next call opens it again."""
        with self._lock:
            connections, self._idle = self._idle, []
        for connection in connections:
            connection.close()


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not None, where None stands for nothing said."""
    return {name: value for name, value in values.items() if value is not None}
