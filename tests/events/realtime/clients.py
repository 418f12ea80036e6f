"""Realtime clients as tests need them: one that polls and one with a WebSocket, over ASGI."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import httpx
from sqlalchemy import bindparam, update
from starlette.types import Message

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.tables import EventStream
from alfred_mock.core.database import NAMES
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert
from alfred_mock.database.statements import Notice
from alfred_mock.events.tables import Event
from alfred_mock.main import Application
from tests.support import API_KEY, COMPANY, client_of

PATH = "/socket.io/"
SECONDS = 10
"""After which a test gives up waiting."""

_streams = columns_of(EventStream)
_COUNT = Statement(
    update(EventStream)
    .where(_streams.company_id == bindparam("of_company"))
    .values(last_number=_streams.last_number + bindparam("more"))
    .returning(_streams.last_number)
)
_INSERT = Insert(Event)
_NOTICE = Notice(NAMES.noticed)


def opening(key: str = API_KEY, **more: str) -> dict[str, str]:
    """The query of a client that opens a connection by polling."""
    return {"apiKey": key, "EIO": "4", "transport": "polling", **more}


class Poller:
    """A client that polls."""

    def __init__(self, http: httpx.AsyncClient, key: str = API_KEY) -> None:
        self._http = http
        self._query = opening(key)
        self.opening: dict[str, Any] = {}
        self.socket_id = ""

    async def open(self) -> Self:
        answer = await self._http.get(PATH, params=self._query)
        assert answer.status_code == 200, answer.text
        assert answer.text[0] == "0"
        self.opening = json.loads(answer.text[1:])
        self._query["sid"] = self.opening["sid"]
        return self

    async def join(self) -> Self:
        """Open a connection and listen."""
        await self.open()
        await self.say("40")
        (said,) = await self.hear()
        assert said[:2] == "40", said
        self.socket_id = json.loads(said[2:])["sid"]
        return self

    async def post(self, body: str | bytes) -> httpx.Response:
        return await self._http.post(PATH, params=self._query, content=body)

    async def say(self, *packets: str) -> None:
        answer = await self.post("\x1e".join(packets))
        assert (answer.status_code, answer.text) == (200, "ok")

    async def poll(self) -> httpx.Response:
        async with asyncio.timeout(SECONDS):
            return await self._http.get(PATH, params=self._query)

    async def hear(self) -> list[str]:
        answer = await self.poll()
        assert answer.status_code == 200, answer.text
        return answer.text.split("\x1e")

    async def hear_events(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        """So many events: the channel of each and what came on it."""
        heard: list[tuple[str, dict[str, Any]]] = []
        while len(heard) < count:
            heard += [event_in(packet) for packet in await self.hear()]
        return heard

    @property
    def sid(self) -> str:
        sid: str = self.opening["sid"]
        return sid


async def until(holds: Callable[[], bool]) -> None:
    """Let the server go on until something holds."""
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)


def event_in(packet: str) -> tuple[str, dict[str, Any]]:
    assert packet[:2] == "42", packet
    channel, payload = json.loads(packet[2:])
    return channel, payload


class WebSocket:
    """A client's WebSocket, without a socket."""

    def __init__(self, app: Application, **query: str) -> None:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        self._scope = {
            "type": "websocket",
            "path": PATH,
            "query_string": text.encode(),
            "headers": [],
            "extensions": {"websocket.http.response": {}},
        }
        self._app = app
        self._to_server: asyncio.Queue[Message] = asyncio.Queue()
        self._to_client: asyncio.Queue[Message] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._to_server.put_nowait({"type": "websocket.connect"})
        self._running = asyncio.create_task(
            self._app(self._scope, self._to_server.get, self._to_client.put)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.leave()
        async with asyncio.timeout(SECONDS):
            await self._running

    def leave(self) -> None:
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1000})

    async def next(self) -> Message:
        async with asyncio.timeout(SECONDS):
            return await self._to_client.get()

    async def accepted(self) -> Self:
        assert (await self.next())["type"] == "websocket.accept"
        return self

    def say(self, packet: str) -> None:
        self._to_server.put_nowait({"type": "websocket.receive", "text": packet})

    def send_bytes(self, data: bytes) -> None:
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": data})

    async def hear(self) -> str:
        message = await self.next()
        assert message["type"] == "websocket.send", message
        text: str = message["text"]
        return text

    async def join(self) -> Self:
        """Listen."""
        self.say("40")
        said = await self.hear()
        assert said[:2] == "40", said
        return self


@asynccontextmanager
async def polling(app: Application, key: str = API_KEY) -> AsyncIterator[Poller]:
    """A client that polls and listens."""
    async with client_of(app) as http:
        yield await Poller(http, key).join()


async def tell(app: Application, *names: str, company: str = COMPANY, **fields: Any) -> None:
    """Let events of a company that is listened to happen."""
    await app.services.database.transact(_written(company, names, json.dumps(fields)))


def _written(company: str, names: tuple[str, ...], fields: str) -> Transaction[None]:
    yield from lock_company(company)
    ((last,),) = yield _COUNT(of_company=company, more=len(names))
    for number, name in enumerate(names, int(last) - len(names) + 1):
        yield _INSERT(
            id=str(uuid.uuid4()),
            company_id=company,
            number=number,
            occurred_at=1_795_481_862_041,
            name=name,
            fields_json=fields,
        )
    yield _NOTICE(payload=company)
