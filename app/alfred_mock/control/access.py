"""Access to the control API.

A web page in the tester's browser can send requests to any address of the tester's machine. So a
request from another origin is refused. Without a token, a request for a host name that is not
this machine's is refused, too.
"""

import hmac
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from functools import cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.control.body_limit import bounded
from alfred_mock.core.error_handlers import TOLD, api_error
from alfred_mock.core.errors import Forbidden, Unauthorized
from alfred_mock.core.settings import Settings
from alfred_mock.database import Database

log = logging.getLogger("alfred_mock")

PREFIX = "/__admin"
SERVICE_PATHS = frozenset(
    ("/livez", "/readyz", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")
)
"""Paths that are not part of the imitated API: they never fail and are not in the journal."""


class Gate:
    """Sends requests for the control API there, and all others to the imitated API."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        control: Callable[[], ASGIApp],
        settings: Settings,
        database: Database,
    ) -> None:
        """`control` makes the control API, when the first request for it comes."""
        self._app = app
        self._control = cache(control)
        self._settings = settings
        self._database = database
        self._asks = database.is_shared
        if not settings.with_admin:
            log.warning(
                "the control API is off: %s can be reached by others, and ALFRED_MOCK_ADMIN_TOKEN"
                " is not set",
                settings.host,
            )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Not a coroutine itself: a request that only passes costs no coroutine more."""
        if scope["type"] == "http" and (self._asks or is_control(scope["path"])):
            return self._let_in(scope, receive, send)
        return self._app(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        try:
            if self._asks:
                await self._database.refresh()
            # Where the control API is off, its paths are unknown paths.
            if is_control(scope["path"]) and self._settings.with_admin:
                self._judge(scope)
                receive = bounded(scope, receive)
                scope["headers"] = _as_json(scope["headers"])
                app = self._control()
        except TOLD as error:
            app = await api_error(Request(scope), error)
        await app(scope, receive, send)

    def _judge(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        for origin in origins:
            if not self._is_welcome(origin, headers):
                raise Forbidden(f"The origin {origin[:200]} may not use the control API.")
        token = self._settings.admin_token
        if token is None:
            if not _is_local(headers.get("host", "")):
                raise Forbidden("Without a token the control API is for local host names only.")
            return
        if scope["method"] == "OPTIONS" and origins:
            return  # a browser's preflight request carries no credentials
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
            raise Unauthorized("the control API's token is missing or wrong")

    def _is_welcome(self, origin: str, headers: Headers) -> bool:
        if origin in self._settings.admin_origins:
            return True
        try:
            return urlsplit(origin).netloc == headers.get("host")
        except ValueError:  # it is no URL
            return False


def is_control(path: str) -> bool:
    """Whether a path is the control API's."""
    return path.startswith(PREFIX) and path[len(PREFIX) :][:1] in ("", "/")


def _as_json(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers with a content type of JSON: `curl -d` calls every body a form."""
    others = [pair for pair in headers if pair[0] != b"content-type"]
    return [*others, (b"content-type", b"application/json")]


def _is_local(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith((".localhost", ".test")):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
