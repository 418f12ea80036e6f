"""Calls of the control API over HTTP, with nothing but the standard library."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

TIMEOUT_SECONDS = 30
UNIX = "unix:"
"""What the URL of a server begins with that listens on a Unix socket; a path follows."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - replaced, not bound


class ControlError(Exception):
    """The server did not do what it was asked to; the text is its message."""

    def __init__(self, message: str, *, status: int | None = None, answer: Any = None) -> None:
        super().__init__(message)
        self.status = status
        """None where there was no answer."""
        self.answer = answer
        """The whole JSON document of the answer."""


class UnixConnection(HTTPConnection):
    """A connection to a server that listens on a Unix socket."""

    def __init__(self, path: str, timeout: float | None) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class ControlClient:
    """Makes a connection for each call, so that any thread may call; goes by no proxy."""

    def __init__(self, url: str, admin_token: str | None = None) -> None:
        """`url` begins with http:// or https://, or is `unix:` and the path of a socket.

        Raises:
            ValueError: it is no such URL, or the token cannot be sent.
        """
        self.url = url.rstrip("/")
        self._connect, prefix = _way_to(url)
        self._prefix = f"{prefix}/__admin"
        self._headers = {"Content-Type": "application/json"}
        if admin_token is not None:
            if not (admin_token.isascii() and admin_token.isprintable()):
                raise ValueError("the admin token has characters that cannot be sent")
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
        with self._answer(method, path, query, body, timeout) as response:
            status, text = response.status, response.read()
        return _document(status, text, f"{method} {self._target(path)}")

    def lines(
        self, *path: str, query: Mapping[str, Any] | None = None, timeout: float | None = None
    ) -> Iterator[str]:
        """The lines of an answer that has no end, as they come; `timeout` is a silence.

        Raises:
            ControlError: the server refuses, cannot be reached, or falls silent.
        """
        with self._answer("GET", path, query, None, timeout) as response:
            if response.status >= 400:
                _document(response.status, response.read(), f"GET {self._target(path)}")
            while line := response.readline():
                yield line.decode().rstrip("\r\n")

    @contextmanager
    def _answer(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        timeout: float | None,
    ) -> Iterator[HTTPResponse]:
        target, asked = self._target(path), urlencode(given(query or {}))
        content = None if body is None else json.dumps(body).encode()
        try:
            with closing(self._connect(timeout)) as connection:
                whole = f"{target}?{asked}" if asked else target
                connection.request(method, whole, content, self._headers)
                with connection.getresponse() as response:
                    yield response
        except (OSError, HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise ControlError(f"no answer from {self.url}: {reason}") from error

    def _target(self, path: tuple[str, ...]) -> str:
        return "/".join([self._prefix, *(quote(part, safe="") for part in path)])


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not None: None leaves the decision to the server."""
    return {name: value for name, value in values.items() if value is not None}


def reachable(host: str) -> str:
    """Where a server on this machine is reached that listens on this address."""
    return _EVERYWHERE.get(host, host)


def local_url(host: str, port: int, uds: object = None) -> str:
    """Where a server on this machine is that listens there."""
    if uds is not None:
        return f"{UNIX}{uds}"
    shown = reachable(host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _way_to(url: str) -> tuple[Callable[[float | None], HTTPConnection], str]:
    """What connects to the server, given a time-out, and what the paths begin with."""
    if url.startswith(UNIX) and url != UNIX:
        return partial(UnixConnection, url.removeprefix(UNIX)), ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no URL that begins with http:// or https://")
    kind = HTTPConnection if parts.scheme == "http" else HTTPSConnection
    host, port = parts.hostname, parts.port
    return lambda timeout: kind(host, port, timeout=timeout), parts.path.rstrip("/")


def _document(status: int, text: bytes, asked: str) -> Any:
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if status >= 400 or answer is None:
        message = answer.get("message") if isinstance(answer, dict) else None
        message = message or f"{asked} was answered with {status}"
        raise ControlError(message, status=status, answer=answer)
    return answer
