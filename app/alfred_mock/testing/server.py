"""A server for tests: one of their own in this process, or one that runs elsewhere."""

import atexit
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

from alfred_mock.control_client import ControlClient, given
from alfred_mock.core.garbage import no_collection
from alfred_mock.testing.company import Company
from alfred_mock.testing.scope import Scope
from alfred_mock.testing.strays import newest_stray

if TYPE_CHECKING:
    from alfred_mock.testing.asgi import DirectApplication


class AlfredServer(Scope):
    """A running server: makes companies, and bends what happens to all of them."""

    def __init__(self, url: str, admin_token: str | None = None) -> None:
        super().__init__(ControlClient(url, admin_token), None)
        self.url = self._control.url
        self._is_closed = False

    @property
    def log(self) -> str:
        """What it has logged; empty for a server that was not started here."""
        return ""

    def company(
        self,
        name: str | None = None,
        seed: Mapping[str, Any] | None = None,
        *,
        ttl_s: float | None = None,
    ) -> Company:
        """A new company with credentials of its own.

        `seed` is what a company has in a seed document, less its id and name. The server removes
        the company some time after `ttl_s` seconds, if nobody has done so before.
        """
        body = given({"name": name, "seed": seed, "ttl_s": ttl_s})
        made = self._control.call("POST", "companies", body=body)
        return Company(self._control, made, since=newest_stray(self._control))

    def close(self) -> None:
        """Let go of the server, which goes on if it was not started here."""
        self._is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = ", closed" if self._is_closed else ""
        return f"<{type(self).__name__} at {self.url}{closed}>"


class AlfredMock(AlfredServer):
    """A server in a thread of this process, which answers when the constructor returns.

    Settings are given by keyword. Neither the environment nor an `.env` file is read, so that
    tests are the same on every machine, unless `from_environment` is true. By default it listens
    on a free port of 127.0.0.1, keeps everything in memory, and has no demo company.

    Raises:
        StartError: it cannot start, and says why.
    """

    def __init__(self, *, from_environment: bool = False, **settings: Any) -> None:
        # Imported late: it takes a second, and who only talks to a server does not need it.
        with no_collection():
            from alfred_mock.testing.in_process import start
            from alfred_mock.testing.settings import settings_for

            checked = settings_for(settings, from_environment=from_environment)
            if not checked.with_admin:
                # Nobody else is to have it, and this handle must.
                checked = checked.model_copy(update={"admin_token": secrets.token_urlsafe()})
            self._thread = start(checked)
        super().__init__(self._thread.url, checked.admin_token)
        atexit.register(self.close)

    @property
    def log(self) -> str:
        """What it has logged; nothing of it is in the log of this process."""
        return str(self._thread.log)

    def close(self) -> None:
        """End the server: its port and its thread are free when this returns.

        In a process that was forked later it does nothing: the server is the parent's.
        """
        atexit.unregister(self.close)
        super().close()
        self._thread.stop()

    @staticmethod
    def at(url: str, admin_token: str | None = None) -> AlfredServer:
        """A handle on a server that runs elsewhere."""
        return AlfredServer(url, admin_token)

    @staticmethod
    @asynccontextmanager
    async def asgi(
        *, from_environment: bool = False, **settings: Any
    ) -> AsyncIterator["DirectApplication"]:
        """The application without a socket, started, for `httpx.ASGITransport` and the like.

        A connection that a fault ends is an error of httpx, or else a `ConnectionResetError`.

        Raises:
            StartError: it cannot start, and says why.
        """
        from alfred_mock.testing.in_process import direct
        from alfred_mock.testing.settings import settings_for

        checked = settings_for(settings, from_environment=from_environment)
        async with direct(checked) as app:
            yield app
