"""Log-in and log-out: a cookie in place of the token, which a browser cannot send by itself."""

import time
from collections import OrderedDict
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alfred_mock.control.browsers import (
    CONSOLE,
    COOKIE,
    COOKIE_SECONDS,
    HOME,
    LOGIN,
    cookie_of,
    holder_of_token,
    is_console,
)
from alfred_mock.control.console.context import console_of
from alfred_mock.control.console.rendering import PROTECTION, environment
from alfred_mock.core.services import Services

ATTEMPTS = 10
"""So many wrong tokens a minute are looked at from one address, by each process."""
_MINUTE = 60.0
_MOST_ADDRESSES = 1_000
_LONGEST_TOKEN = 10_000
_WRONG = "This is not the token. It is the value of ALFRED_MOCK_ADMIN_TOKEN, or a company's."
_TOO_MANY = "There were too many wrong tokens. Wait a minute, then try again."


class Attempts:
    """Counts the wrong tokens of each address within the minute; of few addresses at a time."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def are_too_many(self, address: str) -> bool:
        """Whether the address has to wait."""
        begun, count = self._wrong.get(address, (0.0, 0))
        return count >= ATTEMPTS and time.monotonic() - begun < _MINUTE

    def add(self, address: str) -> None:
        """Count a wrong token."""
        now = time.monotonic()
        begun, count = self._wrong.pop(address, (now, 0))
        if now - begun >= _MINUTE:
            begun, count = now, 0
        self._wrong[address] = begun, count + 1
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)


async def show(request: Request) -> Response:
    """The log-in page."""
    if console_of(request).services.settings.admin_token is None:
        return RedirectResponse(HOME, 303)
    return _form(request.query_params.get("next", ""))


async def log_in(request: Request) -> Response:
    """Take a token and hand out the cookie."""
    services = console_of(request).services
    admin_token = services.settings.admin_token
    if admin_token is None:
        return RedirectResponse(HOME, 303)
    attempts: Attempts = request.app.state.attempts
    address = services.forwarding.client_address(request.scope) or ""
    async with request.form(max_files=0) as form:
        token, target = f"{form.get('token', '')}".strip(), f"{form.get('next', '')}"
    if attempts.are_too_many(address):
        return _form(target, message=_TOO_MANY, status=429)
    holder = holder_of_token(token[:_LONGEST_TOKEN], admin_token)
    if holder is None:
        attempts.add(address)
        return _form(target, message=_WRONG, status=403)
    is_own_page = is_console(target.partition("?")[0]) and not target.startswith("//")
    reply = RedirectResponse(target if is_own_page else HOME, 303)
    reply.set_cookie(
        COOKIE,
        cookie_of(holder, admin_token, services.clock.real()),
        max_age=COOKIE_SECONDS,
        **_options(services, request),
    )
    return reply


async def log_out(request: Request) -> Response:
    """Take the cookie back."""
    reply = RedirectResponse(LOGIN, 303)
    reply.delete_cookie(COOKIE, **_options(console_of(request).services, request))
    return reply


def _options(services: Services, request: Request) -> dict[str, Any]:
    is_https = services.forwarding.client_url(request.scope).startswith("https:")
    return {"path": "/__admin", "httponly": True, "samesite": "strict", "secure": is_https}


def _form(target: str, *, message: str = "", status: int = 200) -> Response:
    template = environment().get_template("login.html")
    text = template.render(next=target, message=message)
    return Response(text, status, headers=PROTECTION, media_type="text/html")


ROUTES = (
    Route(LOGIN, show, methods=["GET"]),
    Route(LOGIN, log_in, methods=["POST"]),
    Route(f"{CONSOLE}/logout", log_out, methods=["POST"]),
)
