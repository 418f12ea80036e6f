"""Access to the control API.

A web page in the tester's browser can send requests to any address of the tester's machine. So a
request from another origin is refused, also one that only reads: a browser says where it comes
from. Without a token, a request for a host name that is not this machine's is refused, too, and
so is one that a proxy has passed on: a proxy on this machine is as near as its user.
"""

import base64
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from functools import cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.control.body_limit import bounded
from alfred_mock.control.browsers import (
    HOME,
    Holder,
    holder_in,
    holder_of_token,
    is_console,
    is_open,
    is_own,
    is_page_opened,
    only_from_own_pages,
    to_login,
    wants_page,
)
from alfred_mock.control.company_tokens import HELD_TO, hold_to
from alfred_mock.core.clock import Clock
from alfred_mock.core.error_handlers import TOLD, api_error
from alfred_mock.core.errors import Forbidden, NotFound, Unauthorized
from alfred_mock.core.openapi.pages import paths_of_redoc, paths_of_swagger
from alfred_mock.core.settings import Settings
from alfred_mock.database import Database
from alfred_mock.telemetry.metrics_app import PATH as METRICS_PATH

log = logging.getLogger("alfred_mock")

PREFIX = "/__admin"
DOCS_PATH = f"{PREFIX}/docs"
_PAGES = frozenset((*paths_of_swagger(DOCS_PATH), f"{PREFIX}/openapi.json"))
"""A browser cannot send a token for a page; it shows what is the same on every server."""
PACT_PATH = f"{PREFIX}/pact/states"
"""Verifiers send their own `Authorization` here, or none but that of a URL, which is Basic."""
SERVICE_PATHS = frozenset(
    ("/livez", "/readyz", "/openapi.json", *paths_of_swagger("/docs"), *paths_of_redoc("/redoc"))
)
"""Paths that are not part of the imitated API: they never fail and are not in the journal."""

_FORWARDED = frozenset(
    (
        b"cdn-loop",
        b"cf-connecting-ip",
        b"client-ip",
        b"forwarded",
        b"true-client-ip",
        b"via",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-envoy-external-address",
        b"x-original-forwarded-for",
        b"x-original-host",
        b"x-original-url",
        b"x-proxyuser-ip",
        b"x-real-ip",
    )
)
_FORWARDED_PREFIX = b"x-forwarded"
_FOREIGN = frozenset(("cross-site", "same-site"))


class Gate:
    """Sends requests for the control API there, and all others to the imitated API."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        control: Callable[[], ASGIApp],
        console: Callable[[ASGIApp], ASGIApp],
        metrics: ASGIApp | None,
        settings: Settings,
        database: Database,
        clock: Clock,
    ) -> None:
        """`control` makes the control API, when the first request for it comes.

        `console` makes its pages, which call the control API, when the first of them is opened.
        `metrics` answers `GET /metrics` to the same callers, if it is there.
        """
        self._app = app
        self._control = cache(control)
        self._console = cache(lambda: console(self._control()))
        self._metrics = metrics
        self._settings = settings
        self._database = database
        self._clock = clock
        self._asks = database.is_shared
        if not settings.with_admin:
            log.warning(
                "the control API is off: %s, and ALFRED_MOCK_ADMIN_TOKEN is not set",
                settings.why_admin_needs_token,
            )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Not a coroutine itself: a request that only passes costs no coroutine more."""
        if scope["type"] == "http" and (self._asks or self._is_guarded(scope["path"])):
            return self._let_in(scope, receive, send)
        return self._app(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        before = HELD_TO.set(None)
        try:
            if self._asks:
                await self._database.refresh()
            if self._is_metrics(scope["path"]):
                self._judge(scope)
                app = self._metrics or app
            elif is_control(scope["path"]):
                if not self._settings.with_admin:
                    raise NotFound(
                        f"The control API is off: {self._settings.why_admin_needs_token}."
                        " Set ALFRED_MOCK_ADMIN_TOKEN and send it as Bearer token."
                    )
                self._judge(scope)
                receive = bounded(scope, receive)
                if is_console(scope["path"]):
                    app = self._console()
                else:
                    scope["headers"] = _as_json(scope["headers"])
                    app = self._control()
            elif scope["path"] == "/" and self._settings.with_admin and wants_page(scope):
                app = RedirectResponse(HOME, 307)
        except Unauthorized as error:
            is_page = is_console(scope["path"])
            app = to_login(scope) if is_page else await api_error(Request(scope), error)
        except TOLD as error:
            app = await api_error(Request(scope), error)
        try:
            await app(scope, receive, send)
        finally:
            HELD_TO.reset(before)

    def _is_metrics(self, path: str) -> bool:
        return path == METRICS_PATH and self._metrics is not None

    def _is_guarded(self, path: str) -> bool:
        return is_control(path) or path == "/" or self._is_metrics(path)

    def _judge(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        for origin in origins:
            if not self._is_welcome(origin, headers):
                raise Forbidden(f"The origin {origin[:200]} may not use the control API.")
        is_foreign = headers.get("sec-fetch-site", "").lower() in _FOREIGN
        if not origins and is_foreign and not is_page_opened(scope, headers):
            raise Forbidden("A page of another site may not use the control API.")
        token = self._settings.admin_token
        if token is None:
            if not _is_local(headers.get("host", "")):
                raise Forbidden("Without a token the control API is for local host names only.")
            if _is_forwarded(scope):
                raise Forbidden("Without a token the control API is not for requests by a proxy.")
            only_from_own_pages(scope, headers, has_cookie=False)
            return
        if scope["method"] == "OPTIONS" and origins:
            return  # a browser's preflight request carries no credentials
        if scope["path"] in _PAGES and scope["method"] in ("GET", "HEAD"):
            return
        by_token = _by_token(scope, headers, token)
        holder = by_token or holder_in(headers, token, self._clock.real())
        by_cookie = by_token is None and holder is not None
        only_from_own_pages(scope, headers, has_cookie=by_cookie)
        if holder is None:
            if is_open(scope):
                return
            raise Unauthorized("the control API's token is missing or wrong")
        if holder.company_id is not None:
            _hold(scope, holder.company_id)

    def _is_welcome(self, origin: str, headers: Headers) -> bool:
        return is_own(origin, headers) or origin in self._settings.admin_origins


def _by_token(scope: Scope, headers: Headers, token: str) -> Holder | None:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic" and scope["path"] == PACT_PATH:
        scheme, given = "bearer", _password_in(given)
    return holder_of_token(given, token) if scheme.lower() == "bearer" else None


def _hold(scope: Scope, company_id: str) -> None:
    if is_console(scope["path"]):
        HELD_TO.set(company_id)  # each control call that a page makes is judged by itself
    else:
        hold_to(company_id, scope["method"], scope["path"].removeprefix(PREFIX))


def _password_in(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def is_control(path: str) -> bool:
    """Whether a path is the control API's."""
    return path.startswith(PREFIX) and path[len(PREFIX) :][:1] in ("", "/")


def is_not_alfreds(path: str) -> bool:
    """Whether a path is no part of the imitated API: the control API's, or the service's own."""
    return path in SERVICE_PATHS or is_control(path)


def is_never_refused(path: str) -> bool:
    """Whether a busy server answers all the same: it must tell how it is, and take orders."""
    return path == METRICS_PATH or is_not_alfreds(path)


def _as_json(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers with a content type of JSON: `curl -d` calls every body a form."""
    others = [pair for pair in headers if pair[0] != b"content-type"]
    return [*others, (b"content-type", b"application/json")]


def _is_forwarded(scope: Scope) -> bool:
    # A proxy that adds no header still gives itself away: nginx speaks HTTP/1.0 if not told
    # otherwise, and no client of today does.
    return scope["http_version"] == "1.0" or any(
        name in _FORWARDED or name.startswith(_FORWARDED_PREFIX) for name, _ in scope["headers"]
    )


def _is_local(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name == "localhost" or name.endswith((".localhost", ".test")):
            return True
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
