"""Realtime connections of this process: how they are opened, used and ended."""

import asyncio
from http import HTTPMethod

from starlette.types import Receive, Scope, Send

from alfred_mock.auth.api_key import PARAMETER, authenticate
from alfred_mock.connections.peers import SEPARATOR
from alfred_mock.core.errors import Unauthorized
from alfred_mock.core.ids import Ids
from alfred_mock.core.query import parameters_of
from alfred_mock.core.scope_keys import REASON, WEBSOCKET_QUERY
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.engine.upgrades import can_speak_websocket
from alfred_mock.events.realtime import polling, websocket
from alfred_mock.events.realtime.connection import Connection, Transport
from alfred_mock.events.realtime.heartbeat import Heartbeat
from alfred_mock.events.realtime.packets import (
    DEFAULT_NAMESPACE,
    NOOP,
    Kind,
    Malformed,
    opening,
    parse,
    parse_message,
    refused,
)
from alfred_mock.events.realtime.polling import Refused
from alfred_mock.events.realtime.rooms import Rooms

PROTOCOL_VERSION = "4"
NOT_AUTHENTICATED = "Authentication failed"
"""The JavaScript client's own tests have these words (SDK)."""
_UNAVAILABLE = "The database cannot be reached; try again later."


class RealtimeServer:
    """Answers all requests of realtime clients."""

    def __init__(
        self, services: Services, rooms: Rooms, heartbeat: Heartbeat, worker: str | None
    ) -> None:
        """`worker` is the name of this one, by which others know whose a connection is."""
        self._services = services
        self.rooms = rooms
        self._heartbeat = heartbeat
        self._prefix = "" if worker is None else f"{worker}{SEPARATOR.decode()}"
        self._connections: dict[str, Connection] = {}
        self._messages = services.meter.counter(
            "realtime_messages",
            "Packets of realtime clients, heartbeats among them: sent or received.",
            "direction",
        )
        # Ids of its own: the API's are the same with the same seed, however many clients listen.
        self._ids = Ids()

    def is_polled(self, connection_id: str) -> bool:
        """Whether a poll of this connection is open."""
        connection = self._connections.get(connection_id)
        return connection is not None and connection.is_polled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            query = scope.get("state", {}).get(WEBSOCKET_QUERY, scope["query_string"])
            await self._websocket(parameters_of(query), receive, send)
            return
        try:
            await self._request(parameters_of(scope["query_string"]), scope, receive, send)
        except Refused as refused_:
            scope[REASON] = refused_.refusal.message
            await polling.answer_refusal(send, refused_.refusal)

    async def _request(
        self, query: dict[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        transport = query.get("transport")
        if transport != Transport.POLLING:
            is_known = transport == Transport.WEBSOCKET
            raise Refused(polling.BAD_REQUEST if is_known else polling.TRANSPORT_UNKNOWN)
        if "sid" not in query:
            await self._open(query, scope, send)
            return
        connection = self._connection(query["sid"], Transport.POLLING)
        match scope["method"]:
            case HTTPMethod.GET:
                await polling.poll(connection, scope, receive, send)
            case HTTPMethod.POST:
                try:
                    for packet in await polling.read_packets(receive):
                        await self._hear(connection, packet)
                except Refused:
                    connection.end()
                    raise
                await polling.answer_taken(send)
            case _:
                raise Refused(polling.BAD_REQUEST)

    async def _open(self, query: dict[str, str], scope: Scope, send: Send) -> None:
        if scope["method"] != HTTPMethod.GET:
            raise Refused(polling.BAD_METHOD)
        connection = self._opened(query, Transport.POLLING)
        try:
            await authenticate(connection.key, self._services.database)
        except (Unauthorized, DatabaseUnavailable) as error:
            scope[REASON] = str(getattr(error, "reason", error))  # the client hears of it later
        await polling.answer_packets(send, [self._opening_of(connection)])

    def _opened(self, query: dict[str, str], transport: Transport) -> Connection:
        if query.get("EIO") != PROTOCOL_VERSION:
            raise Refused(polling.VERSION_UNKNOWN)
        key = query.get(PARAMETER, "")
        connection_id = self._prefix + self._ids.token()
        made = Connection(
            connection_id, key, transport, self._heartbeat, self._ended, self._messages
        )
        self._connections[made.id] = made
        return made

    def _opening_of(self, connection: Connection) -> str:
        interval, timeout = (round(seconds * 1_000) for seconds in self._heartbeat)
        is_upgradable = connection.transport is Transport.POLLING and can_speak_websocket()
        upgrades = [Transport.WEBSOCKET.value] if is_upgradable else []
        return opening(connection.id, upgrades, interval, timeout)

    def _connection(self, connection_id: str, transport: Transport) -> Connection:
        connection = self._connections.get(connection_id)
        if connection is None:
            raise Refused(polling.SESSION_UNKNOWN)
        if connection.transport is not transport:
            raise Refused(polling.BAD_REQUEST)
        return connection

    async def _websocket(self, query: dict[str, str], receive: Receive, send: Send) -> None:
        await receive()  # the client's wish to connect
        try:
            if query.get("transport") != Transport.WEBSOCKET:
                raise Refused(polling.BAD_REQUEST)
            if "sid" not in query:
                connection = self._opened(query, Transport.WEBSOCKET)
            else:
                connection = self._connection(query["sid"], Transport.POLLING)
                if connection.is_probed:
                    raise Refused(polling.BAD_REQUEST)
        except Refused as refused_:
            await websocket.refuse(send, refused_.refusal)
            return
        await send({"type": "websocket.accept"})
        if connection.transport is Transport.WEBSOCKET:
            connection.send(self._opening_of(connection))
        elif await websocket.upgrade(connection, receive, send):
            self.rooms.note_transport(connection)
        else:
            return
        await websocket.carry(connection, receive, send, self._hear)

    async def _hear(self, connection: Connection, packet: str) -> None:
        try:
            self._messages.add("received")
            kind, data = parse(packet)
            if kind is Kind.PONG:
                connection.hear_pong()
            elif kind is Kind.CLOSE:
                connection.end(NOOP)  # completes the poll that is open
            else:
                await self._hear_message(connection, data)
        except Malformed:
            raise Refused(polling.BAD_REQUEST) from None

    async def _hear_message(self, connection: Connection, data: str) -> None:
        said = parse_message(data)
        if said.connects:
            if said.namespace != DEFAULT_NAMESPACE:
                connection.send(refused("Invalid namespace", said.namespace))
            elif connection.joined is None:
                await self._admit(connection)
        elif said.disconnects and said.namespace == DEFAULT_NAMESPACE:
            self.rooms.leave(connection)

    async def _admit(self, connection: Connection) -> None:
        try:
            caller = await authenticate(connection.key, self._services.database)
            await self.rooms.join(connection, caller, self._ids.token())
        except Unauthorized:
            connection.send(refused(NOT_AUTHENTICATED))
        except DatabaseUnavailable:
            connection.send(refused(_UNAVAILABLE))

    def _ended(self, connection: Connection) -> None:
        self.rooms.leave(connection)
        # A client that polls may still come for the farewell.
        asyncio.get_running_loop().call_later(
            self._heartbeat.timeout, self._connections.pop, connection.id, None
        )
