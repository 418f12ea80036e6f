"""Where realtime requests come in: `/socket.io/`, before the API's own routing.

A request that opens a connection passes the journal and the faults like any other. All that follows
is the connection's own traffic, polls that wait and heartbeats among them: it is neither in the
journal, which it would fill, nor counted by faults, which would hit whichever poll is open (our
choice). To lose a connection, a tester drops it.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.core.query import parameters_of
from alfred_mock.core.services import Services
from alfred_mock.engine.upgrades import REALTIME_PATH
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.realtime.heartbeat import Heartbeat

if TYPE_CHECKING:
    from alfred_mock.events.realtime.server import RealtimeServer


class Realtime:
    """Realtime connections; what serves them is loaded with the first."""

    def __init__(self, services: Services, outbox: Outbox) -> None:
        self.heartbeat = Heartbeat()
        self.worker: str | None = None
        """The name of this worker, where the server has several."""
        self._services = services
        self._outbox = outbox
        self._looking: asyncio.Task[None] | None = None
        outbox.subscribe(self._wake)
        services.database.on_announcement(self._reconcile)

    @cached_property
    def _server(self) -> "RealtimeServer":
        from alfred_mock.events.realtime.rooms import Rooms
        from alfred_mock.events.realtime.server import RealtimeServer

        rooms = Rooms(self._services, self._outbox)
        return RealtimeServer(self._services, rooms, self.heartbeat, self.worker)

    def openings(self, app: ASGIApp) -> ASGIApp:
        """An application that also opens connections."""

        def call(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            if scope["type"] == "http" and scope["path"] == REALTIME_PATH:
                return self._serve(scope, receive, send)
            return app(scope, receive, send)

        return call

    def traffic(self, app: ASGIApp) -> ASGIApp:
        """An application that also carries what belongs to open connections."""

        def call(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            if scope["type"] == "websocket" or (
                scope["type"] == "http"
                and scope["path"] == REALTIME_PATH
                and "sid" in parameters_of(scope["query_string"])
            ):
                return self._serve(scope, receive, send)
            return app(scope, receive, send)

        return call

    def _serve(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        self._look()
        return self._server(scope, receive, send)

    async def open(self) -> None:
        """Look for what processes that were killed have left behind; the schema must be at head."""
        if await self._outbox.are_any_connected():
            if not self._services.database.is_shared:
                from alfred_mock.events.realtime.stored import forget_all

                await forget_all(self._services, self._outbox)
            self._look()

    async def close(self) -> None:
        """End all connections; to be awaited before the database is closed."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        if "_server" in self.__dict__:
            await self._server.rooms.close()

    @property
    def has_members(self) -> bool:
        """Whether a client of this process listens."""
        return "_server" in self.__dict__ and not self._server.rooms.are_empty

    def is_polled(self, connection_id: str) -> bool:
        """Whether a poll of this connection is open."""
        return "_server" in self.__dict__ and self._server.is_polled(connection_id)

    def _wake(self, company_id: str) -> None:
        if "_server" in self.__dict__:
            self._server.rooms.wake(company_id)

    async def _reconcile(self) -> None:
        if self.has_members:
            await self._server.rooms.reconcile()

    def _look(self) -> None:
        """Begin to look after the connections that are stored, for as long as there are some."""
        if self._looking is None or self._looking.done():
            from alfred_mock.events.realtime.upkeep import look_after

            work = look_after(self._services, self._outbox, self._server.rooms)
            self._looking = asyncio.get_running_loop().create_task(work)
