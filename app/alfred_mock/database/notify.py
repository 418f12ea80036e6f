"""How processes that share a PostgreSQL database hear of changes, by LISTEN and NOTIFY."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import asyncpg
from sqlalchemy import text

from alfred_mock.database.errors import DatabaseUnavailable
from alfred_mock.database.interface import Names, Rows
from alfred_mock.database.pool import BROKEN, close_soon
from alfred_mock.database.statements import Call, Statement

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
HEARTBEAT_TIMEOUT_SECONDS = 2.0
PATIENCE_SECONDS = 2.0
"""A process that says nothing for so long is taken for dead."""

_NOTIFY = Statement(text("SELECT pg_notify(:channel, :payload)"))
_LISTENERS = Statement(
    text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = :name"
    )
)


class Listener:
    """A connection that hears notifications; it is opened anew when it is lost."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], *, name: str) -> None:
        """`name` is the `application_name` by which listening connections can be counted."""
        self.listening = False
        self._connect = connect
        self._name = name
        self._channels: dict[str, Callable[[str], None]] = {}
        self._interrupted: list[Callable[[], None]] = []
        self._connection: Any = None
        self._reopening: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self.heartbeat_seconds = HEARTBEAT_SECONDS

    def listen(
        self, channel: str, heard: Callable[[str], None], *, interrupted: Callable[[], None]
    ) -> None:
        """Call `heard` with each payload, and `interrupted` when some may have been missed."""
        self._channels[channel] = heard
        self._interrupted.append(interrupted)

    async def open(self) -> None:
        """Begin to listen."""
        self._connection = await self._connect()
        self._connection.add_termination_listener(self._lost)
        for channel in self._channels:
            await self._connection.add_listener(channel, self._heard)
        # It is counted from here on, so it must be able to hear by now.
        await self._connection.execute(f"SET application_name = '{self._name}'")
        self.listening = True
        self._beating = asyncio.get_running_loop().create_task(self._beat(self._connection))

    async def _beat(self, connection: Any) -> None:
        """End a connection that has died without a word, so that it counts as lost."""
        try:
            while True:
                await asyncio.sleep(self.heartbeat_seconds)
                await connection.fetchval("SELECT 1", timeout=HEARTBEAT_TIMEOUT_SECONDS)
        except (asyncpg.PostgresError, *BROKEN) as error:
            log.warning("the connection that listens is lost: %s", type(error).__name__)
            connection.terminate()

    async def close(self) -> None:
        """Stop listening."""
        for task in (self._reopening, self._beating):
            if task is not None:
                task.cancel()
        self.listening = False
        if self._connection is not None:
            await close_soon(self._connection)

    def _heard(self, _: Any, __: int, channel: str, payload: str) -> None:
        self._channels[channel](payload)

    def _lost(self, _: Any) -> None:
        if not self.listening:  # closed on purpose, or not opened yet
            return
        self.listening = False
        self._interrupt()
        self._reopening = asyncio.get_running_loop().create_task(self._open_again())

    async def _open_again(self) -> None:
        while not self.listening:
            try:
                await self.open()
            except (asyncpg.PostgresError, *BROKEN):
                await asyncio.sleep(RETRY_SECONDS)
        self._interrupt()

    def _interrupt(self) -> None:
        for interrupted in self._interrupted:
            interrupted()


class Announcements:
    """Tells all processes, this one included, that something was changed.

    `announce` waits until each of them has taken notice. So a change that a tester makes through
    one replica holds on all of them when it is answered, and no request can slip in between.
    """

    def __init__(
        self, listener: Listener, fetch: Callable[[Call], Awaitable[Rows]], names: Names
    ) -> None:
        self._handlers: list[Callable[[], Awaitable[None]]] = []
        self._fetch = fetch
        self._names = names
        self._heard: dict[str, asyncio.Semaphore] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        listener.listen(names.told, self._told, interrupted=self._missed)
        listener.listen(names.heard, self._process_heard, interrupted=lambda: None)

    def add_handler(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Have `handler` called on every announcement, and when one may have been missed."""
        self._handlers.append(handler)

    async def announce(self) -> None:
        """Have every process call its handlers; returns once all have."""
        token, count = secrets.token_hex(8), 0
        heard = self._heard[token] = asyncio.Semaphore(0)
        try:
            ((expected,),) = await self._fetch(_LISTENERS(name=self._names.listener))
            await self._fetch(_NOTIFY(channel=self._names.told, payload=token))
            async with asyncio.timeout(PATIENCE_SECONDS):
                while count < expected:
                    await heard.acquire()
                    count += 1
        except TimeoutError:
            log.warning("of %d replicas %d have heard", expected, count)
        finally:
            del self._heard[token]

    async def close(self) -> None:
        """Give up what is under way."""
        for task in list(self._tasks):
            task.cancel()

    def _told(self, token: str) -> None:
        self._begin(self._handle(token))

    def _missed(self) -> None:
        self._begin(self._handle(None))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, token: str | None) -> None:
        while True:
            try:
                for handler in self._handlers:
                    await handler()
                if token is not None:
                    await self._fetch(_NOTIFY(channel=self._names.heard, payload=token))
                return
            except DatabaseUnavailable as error:
                log.warning("an announcement could not be followed yet: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    def _process_heard(self, token: str) -> None:
        if token in self._heard:
            self._heard[token].release()
