"""The `Host` header: what is none is refused before anything is made of it.

It becomes a part of URLs (of the text that a signature is over, for one), and it decides who may
use the control API.
"""

import ipaddress
import re
from collections.abc import Awaitable
from functools import lru_cache

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.core.error_handlers import api_error
from alfred_mock.core.errors import BadRequest

LONGEST = 300
"""A name has at most 253 characters; there is a port, too."""

NO_HOST = BadRequest("The request must have exactly one Host header, with a host.")
"""What any route answers to such a request."""

_AUTHORITY = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::([0-9]{0,5}))?", re.ASCII)
_LAST_PORT = 65_535


class OneHost:
    """Refuses a request whose `Host` is no host, or is sent twice.

    A missing one is the server's to judge: HTTP/1.0 need not have it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Not a coroutine itself: a request that only passes costs no coroutine more."""
        if scope["type"] == "http":
            count = 0
            for name, value in scope["headers"]:
                if name == b"host":
                    count += 1
                    if count > 1 or len(value) > LONGEST or not is_host(value):
                        return _refuse(scope, receive, send)
        return self._app(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    reply = await api_error(Request(scope), NO_HOST)
    await reply(scope, receive, send)


@lru_cache(256)
def is_host(value: bytes) -> bool:
    """Whether it is a name or an address, with or without a port."""
    found = _AUTHORITY.fullmatch(value)
    if found is None:
        return False
    name, port = found.groups()
    if port and int(port) > _LAST_PORT:
        return False
    if name.startswith(b"["):
        try:
            ipaddress.IPv6Address(name[1:-1].decode())
        except ValueError:
            return False
    return True
