"""The application without a socket, as a client that calls it directly expects it."""

import sys
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.engine.connection import ConnectionEnded
from alfred_mock.testing.log import ServerLog


class DirectApplication:
    """Ends a connection as an HTTP client shows it, and logs to a log of its own."""

    def __init__(self, app: ASGIApp, log: ServerLog) -> None:
        self._app = app
        self._log = log

    @property
    def log(self) -> str:
        """What it has logged."""
        return str(self._log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        token = self._log.take_over()
        try:
            await self._app(scope, receive, send)
        except ConnectionEnded as ended:
            raise _as_client_shows(ended) from None
        finally:
            self._log.give_back(token)


def _as_client_shows(ended: ConnectionEnded) -> Exception:
    """The error of httpx, if that may be the client: it passes on what the application raises."""
    httpx: Any = sys.modules.get("httpx")
    if httpx is None:
        return ended
    shown = httpx.ReadError if ended.is_reset else httpx.RemoteProtocolError
    # A client that is not httpx catches what it would catch without httpx.
    return type(shown.__name__, (shown, ConnectionEnded), {})(str(ended))  # type: ignore[no-any-return]
