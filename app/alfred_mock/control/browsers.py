"""What a browser needs at the gate: a cookie in place of the token, and a way to the log-in page.

The cookie says who has logged in until when, with a MAC of that under the token for all. So
nothing is stored, it is good on every replica, and it ends when the token is another one.
"""

import base64
import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from alfred_mock.control.company_tokens import company_of
from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.errors import Forbidden
from alfred_mock.core.ids import parse_uuid

COOKIE = "alfred_mock_console"
COOKIE_SECONDS = 43_200
"""A log-in lasts half a day."""

HOME = "/__admin/"
CONSOLE = "/__admin/console"
LOGIN = f"{CONSOLE}/login"
STATIC = f"{CONSOLE}/static/"

_PURPOSE = "alfred-mock console "
_EVERYBODY = "all"
_LONGEST_COOKIE = 200
_LONGEST_URL = 2_000
_READS = ("GET", "HEAD")


class Holder(NamedTuple):
    """Who has a token."""

    company_id: str | None
    """The company that the token is good for, None for all of them."""


def holder_of_token(token: str, admin_token: str) -> Holder | None:
    """Whose token this is, None if it is none."""
    is_for_all = hmac.compare_digest(token.encode(), admin_token.encode())
    company_id = company_of(token, admin_token)
    if is_for_all:
        return Holder(None)
    return None if company_id is None else Holder(company_id)


def cookie_of(holder: Holder, admin_token: str, now: Instant) -> str:
    """The value of a cookie that is good from now on."""
    ends = now // SECOND + COOKIE_SECONDS
    said = f"{holder.company_id or _EVERYBODY}.{ends}"
    return f"{said}.{_mac(said, admin_token)}"


def holder_of_cookie(value: str, admin_token: str, now: Instant) -> Holder | None:
    """Who has logged in with this cookie, None if it is none or has ended."""
    said, _, mac = value.rpartition(".")
    expected = _mac(said, admin_token)
    if len(value) > _LONGEST_COOKIE or not hmac.compare_digest(mac.encode(), expected.encode()):
        return None
    company, _, ends = said.partition(".")
    if int(ends) <= now // SECOND:
        return None
    return Holder(None if company == _EVERYBODY else parse_uuid(company))


def holder_in(headers: Headers, admin_token: str, now: Instant) -> Holder | None:
    """Who has logged in with the cookie of a request."""
    for line in headers.getlist("cookie"):
        try:
            morsel = SimpleCookie(line).get(COOKIE)
        except CookieError:
            continue
        if morsel is not None:
            return holder_of_cookie(morsel.value, admin_token, now)
    return None


def _mac(said: str, admin_token: str) -> str:
    mac = hmac.digest(admin_token.encode(), f"{_PURPOSE}{said}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def is_console(path: str) -> bool:
    """Whether a path is one of the console's pages, and no control call."""
    return path in (HOME, HOME[:-1]) or path == CONSOLE or path.startswith(f"{CONSOLE}/")


def is_open(scope: Scope) -> bool:
    """Whether the console answers this without a log-in: it is the same on every server."""
    path: str = scope["path"]
    return path == LOGIN or (path.startswith(STATIC) and scope["method"] in _READS)


def is_page_opened(scope: Scope, headers: Headers) -> bool:
    """Whether a page of the console is opened in a window of its own, perhaps from a link.

    The page with the link sees nothing of it.
    """
    return (
        scope["method"] in _READS
        and is_console(scope["path"])
        and headers.get("sec-fetch-mode", "") == "navigate"
        and headers.get("sec-fetch-dest", "") == "document"
    )


def wants_page(scope: Scope) -> bool:
    """Whether a browser asks to show something."""
    return scope["method"] in _READS and "text/html" in Headers(scope=scope).get("accept", "")


def only_from_own_pages(scope: Scope, headers: Headers, *, has_cookie: bool) -> None:
    """Refuse what changes something, if a page of another origin may have sent it.

    A browser says where such a request comes from, and whoever sends none has no cookie, either.

    Raises:
        Forbidden: it does not come from a page of this server.
    """
    if scope["method"] in _READS or not (has_cookie or is_console(scope["path"])):
        return
    origins = headers.getlist("origin")
    if not origins or any(not is_own(origin, headers) for origin in origins):
        raise Forbidden("A form of the console must be sent from a page of this server.")


def is_own(origin: str, headers: Headers) -> bool:
    """Whether an `Origin` is that of this server's own pages."""
    _, is_origin, host = origin.partition("://")
    return bool(is_origin and host) and host == headers.get("host")


def to_login(scope: Scope) -> Response:
    """Leads a browser to the log-in page, and afterwards back to where it was going."""
    headers = Headers(scope=scope)
    if "hx-request" in headers:
        # htmx would put the log-in page into the place of what it has asked for.
        return Response(status_code=401, headers={"HX-Redirect": LOGIN})
    if not wants_page(scope):
        return Response("Log in to the console first.\n", 401, media_type="text/plain")
    query = scope["query_string"].decode("latin-1")
    target = scope["path"] + (f"?{query}" if query else "")
    is_far = scope["path"] != HOME or query
    back = f"?next={quote(target, safe='')}" if is_far and len(target) <= _LONGEST_URL else ""
    return RedirectResponse(LOGIN + back, 303)
