"""How replicas that share a PostgreSQL database tell each other that something was set.

Whoever announces waits until every replica has taken notice. So what a tester has set through one
replica holds on all of them when the answer is there, and no request can slip in between.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text

from alfred_mock.database.errors import DatabaseUnavailable
from alfred_mock.database.interface import Rows
from alfred_mock.database.listening import APPLICATION_NAME, Listener
from alfred_mock.database.statements import Call, Statement

log = logging.getLogger("alfred_mock")

TOLD, HEARD = "alfred_mock_told", "alfred_mock_heard"
PATIENCE_SECONDS = 2.0
"""A replica that says nothing for so long is taken for dead."""

_NOTIFY = Statement(text("SELECT pg_notify(:channel, :payload)"))
_LISTENERS = Statement(
    text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = :name"
    )
)


class Announcements:
    """Sends announcements to all replicas, this one included, and counts who has heard them."""

    def __init__(self, listener: Listener, fetch: Callable[[Call], Awaitable[Rows]]) -> None:
        self.handlers: list[Callable[[], Awaitable[None]]] = []
        self._fetch = fetch
        self._heard: dict[str, int] = {}
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[Any]] = set()
        listener.listen(TOLD, self._told, interrupted=self._missed)
        listener.listen(HEARD, self._somebody_heard, interrupted=lambda: None)

    async def announce(self) -> None:
        """Have every replica call its handlers; returns once all have."""
        token = secrets.token_hex(8)
        self._heard[token] = 0
        try:
            ((expected,),) = await self._fetch(_LISTENERS(name=APPLICATION_NAME))
            await self._fetch(_NOTIFY(channel=TOLD, payload=token))
            async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
                await self._changed.wait_for(lambda: self._heard[token] >= expected)
        except TimeoutError:
            log.warning("of %d replicas %d have heard", expected, self._heard[token])
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

    def _begin(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, token: str | None) -> None:
        try:
            for handler in self.handlers:
                await handler()
            if token is not None:
                await self._fetch(_NOTIFY(channel=HEARD, payload=token))
        except DatabaseUnavailable as error:
            log.warning("an announcement was lost: %s", error.reason)

    def _somebody_heard(self, token: str) -> None:
        if token in self._heard:
            self._heard[token] += 1
            self._begin(self._wake())

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()
