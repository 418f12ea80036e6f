"""Rooms: the connections of each company, and how its events reach them."""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

from alfred_mock.auth.api_key import authenticate
from alfred_mock.auth.caller import Caller, CompanyRemoved
from alfred_mock.core.errors import Unauthorized
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.events.metrics import told_counter
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.payloads import channels, envelope
from alfred_mock.events.realtime.connection import Connection, Membership, Transport
from alfred_mock.events.realtime.packets import connected, events
from alfred_mock.events.realtime.stored import connections_of_process, store_transport, style_of

log = logging.getLogger("alfred_mock")

MOST_AT_ONCE = 50
"""Events that are read together."""
PATIENCE_SECONDS = 10.0
"""How long a company's other clients wait for one that is behind, which is let go then."""
RETRY_SECONDS = 1.0
"""How long to wait for a database that does not answer."""


class _Room:
    """The connections of a company in this process."""

    def __init__(self, company_id: str, number: int) -> None:
        self.company_id = company_id
        self.number = number
        """The number of the last event that was handed out."""
        self.members: dict[str, Connection] = {}
        """By their ids in the database."""
        self.news = asyncio.Event()
        self.telling: asyncio.Task[None] | None = None


class Rooms:
    """All rooms of this process.

    A member gets the events that are written after it has joined, each once. What is written while
    it is away is not sent later (our choice; Socket.IO promises no more).
    """

    def __init__(self, services: Services, outbox: Outbox) -> None:
        self._services = services
        self._outbox = outbox
        self._rooms: dict[str, _Room] = {}
        self._joining: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._told = told_counter(services.meter)
        for transport in Transport:
            services.meter.gauge(
                "realtime_connections",
                "Realtime clients that hear their company's events.",
                partial(self._count, transport),
                transport=transport.value,
            )

    def _count(self, transport: Transport) -> int:
        return sum(
            connection.transport is transport
            for room in self._rooms.values()
            for connection in room.members.values()
        )

    async def join(self, connection: Connection, caller: Caller, socket_id: str) -> None:
        """Let a connection hear its company's events from now on, and say so to the client.

        Raises:
            CompanyRemoved: the company has gone meanwhile.
            DatabaseUnavailable: nobody could know that somebody listens.
        """
        company_id = caller.company_id
        row = {
            "id": socket_id,
            "transport": connection.transport,
            "api_key_id": caller.app_id,
            "user_name": caller.user_name,
        }
        self._joining.add(socket_id)
        try:
            number = await self._outbox.connected(company_id, row)
            if number is None:
                raise CompanyRemoved
            if connection.has_ended:
                await self._outbox.disconnected(socket_id)
                return
            room = self._rooms.get(company_id)
            if room is None:
                room = self._rooms[company_id] = _Room(company_id, number)
                room.telling = asyncio.create_task(self._tell(room))
            room.members[socket_id] = connection
            connection.joined = Membership(company_id, socket_id, number)
            connection.send(connected(socket_id))
        finally:
            self._joining.discard(socket_id)

    def leave(self, connection: Connection) -> None:
        """Let a connection hear no more."""
        if connection.joined is None:
            return
        company_id, socket_id, _ = connection.joined
        connection.joined = None
        room = self._rooms[company_id]
        del room.members[socket_id]
        if not room.members:
            del self._rooms[company_id]
            if room.telling is not None:
                room.telling.cancel()
        self._begin(self._outbox.disconnected(socket_id))

    def note_transport(self, connection: Connection) -> None:
        """Have the control API show a transport that is new."""
        if connection.joined is not None:
            _, socket_id, _ = connection.joined
            self._begin(store_transport(self._services, socket_id, connection.transport))

    def wake(self, company_id: str) -> None:
        """Look for new events of a company, of all if it is empty."""
        if company_id:
            room = self._rooms.get(company_id)
            if room is not None:
                room.news.set()
        else:
            for room in self._rooms.values():
                room.news.set()

    async def reconcile(self) -> None:
        """End the connections whose key is not good any more, and those that a tester has dropped.

        What is stored of connections that have ended is removed.
        """
        # Whoever joins from here on may be missing among the rows.
        members = {
            socket_id: connection
            for room in self._rooms.values()
            for socket_id, connection in room.members.items()
        }
        stored = await connections_of_process(self._services, self._outbox.process_id)
        is_good: dict[str, bool] = {}
        for socket_id, connection in members.items():
            if connection.key not in is_good:
                is_good[connection.key] = await self._is_good(connection.key)
            if not is_good[connection.key]:
                connection.dismiss()
            elif socket_id not in stored:
                connection.end()
        for socket_id in stored - members.keys() - self._joining:
            if not self._has(socket_id):
                await self._outbox.disconnected(socket_id)

    def _has(self, socket_id: str) -> bool:
        return any(socket_id in room.members for room in self._rooms.values())

    async def _is_good(self, key: str) -> bool:
        try:
            await authenticate(key, self._services.database)
        except Unauthorized:
            return False
        return True

    @property
    def are_empty(self) -> bool:
        """Whether nobody listens in this process, or is about to."""
        return not self._rooms and not self._joining

    async def close(self) -> None:
        """End all connections, and wait until nothing of them is stored."""
        for room in list(self._rooms.values()):
            for connection in list(room.members.values()):
                connection.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tell(self, room: _Room) -> None:
        while True:
            room.news.clear()
            try:
                await self._hand_out(room)
            except DatabaseUnavailable as error:
                log.warning("events wait for the database: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await room.news.wait()

    async def _hand_out(self, room: _Room) -> None:
        while found := await self._outbox.after(room.company_id, room.number, MOST_AT_ONCE):
            style = await style_of(self._services, room.company_id)
            for event in found:
                packets = events(channels(event.name), envelope(event, style))
                for connection in list(room.members.values()):
                    if connection.joined is not None and event.number > connection.joined.number:
                        connection.send(*packets)
                        self._told.add(event.name, "realtime")
                room.number = event.number
            await self._wait_for_slow_members(room)

    async def _wait_for_slow_members(self, room: _Room) -> None:
        """So that a job of many files, all told at once, does not wait in memory."""
        await asyncio.sleep(0)
        behind = [each for each in room.members.values() if not each.keeps_up.is_set()]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                for connection in behind:
                    await connection.keeps_up.wait()
        except TimeoutError:
            for connection in behind:
                if not connection.keeps_up.is_set():
                    connection.end()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._done(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _done(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except DatabaseUnavailable as error:
            log.warning("a realtime connection could not be noted: %s", error)
