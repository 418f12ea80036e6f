"""Captures every request on its way in, and its answer on the way out; changes neither."""

import asyncio
import difflib
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alfred_mock.auth.unverified import unverified_company
from alfred_mock.control.access import SERVICE_PATHS
from alfred_mock.control.journal.capture import BROKEN, Captured, CapturedReply, CapturedRequest
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.core.clock import Instant
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.scope_keys import FAULT, REASON, UNVERIFIED_COMPANY
from alfred_mock.core.services import Services
from alfred_mock.core.settings import JournalMode
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.engine import connection
from alfred_mock.engine.direct_answer import Beginning

UNREAD_SECONDS = 0.1
"""How long an answer waits for a small body that its endpoint has not read."""

LONGEST_REASON = 4_096
# Comparing takes the square of the length, and the path is a stranger's.
_LONGEST_PATH = 100


class JournalMiddleware:
    """Puts each request into the journal.

    The last bytes of an answer are sent only after its entry can be found. Earlier bytes are not
    delayed. Use it inside the layer that sets the request's id, and around the faults.
    """

    def __init__(self, app: ASGIApp, queue: JournalQueue, services: Services) -> None:
        self._app = app
        self._queue = queue
        self._services = services
        self._errors_only = services.settings.with_journal is JournalMode.ERRORS
        self._near_miss: NearMiss | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in SERVICE_PATHS:
            await self._app(scope, receive, send)
            return
        captured = CapturedRequest(scope, self._services.clock.real())

        async def receive_and_capture() -> Message:
            message = await receive()
            captured.add_request(message)
            return message

        async def capture_and_send(message: Message) -> None:
            if captured.is_small_and_unread and message["type"] == "http.response.start":
                # The server drops an unread body once the request is answered.
                with suppress(TimeoutError):
                    async with asyncio.timeout(UNREAD_SECONDS):
                        while captured.is_small_and_unread:
                            await receive_and_capture()
            captured.add_answer(message)
            if captured.is_complete:
                if connection.has_gone(scope):
                    captured.has_lost_client = True
                await self._record(captured, scope)
            await send(message)
            if message["type"] == "http.response.start":
                connection.show_end(scope)

        try:
            await self._app(scope, receive_and_capture, capture_and_send)
        except BaseException as error:
            if not captured.is_complete:
                await self._record(captured, scope, error)
            raise
        if not captured.is_complete:
            await self._record(captured, scope)

    def now(self) -> Instant:
        """The time of a request that is put into the journal by `keep` or `keep_broken`."""
        return self._services.clock.real()

    def keep_now(self, scope: Scope, reply: JsonReply, beginning: Beginning) -> bool:
        """The same as `keep`, if nothing has to be found out or waited for; False otherwise."""
        if reply.status_code >= 400 or REASON in scope or UNVERIFIED_COMPANY not in scope:
            return False
        if self._errors_only:
            return True
        captured = CapturedReply(scope, reply, beginning)
        captured.company_id = scope[UNVERIFIED_COMPANY]
        captured.end()
        return self._queue.add_now(captured)

    async def keep(
        self, scope: Scope, reply: JsonReply, beginning: Beginning, *, is_lost: bool
    ) -> None:
        """Put a request without a body and its whole answer into the journal.

        `is_lost` where the client has gone before its answer.
        """
        if self._errors_only and reply.status_code < 400:
            return
        captured = CapturedReply(scope, reply, beginning)
        captured.has_lost_client = is_lost
        await self._record(captured, scope)

    async def keep_broken(self, scope: Scope, error: BaseException, beginning: Beginning) -> None:
        """Put a request without a body into the journal that an error has ended."""
        await self._record(CapturedReply(scope, None, beginning), scope, error)

    async def _record(
        self, captured: Captured, scope: Scope, error: BaseException | None = None
    ) -> None:
        if self._errors_only and BROKEN < captured.status < 400:
            return
        with suppress(DatabaseUnavailable):
            captured.company_id = await unverified_company(scope, self._services)
        captured.fault = scope.get(FAULT)
        reason = self._reason(captured, scope, error)
        captured.reason = reason and reason[:LONGEST_REASON]
        captured.end()
        await self._queue.add(captured)

    def _reason(self, captured: Captured, scope: Scope, error: BaseException | None) -> str | None:
        status = captured.status
        if error is not None:
            return f"it ended in {type(error).__name__}"
        if REASON in scope:
            return str(scope[REASON])
        if captured.has_lost_client:
            return "the client had gone before its answer was sent"
        if FAULT in scope:
            return None
        if status in (404, 405):
            # Only the router itself answers so without a reason.
            if self._near_miss is None:
                self._near_miss = NearMiss(scope["app"].routers)
            nearest = self._near_miss.of(scope["method"], scope["path"])
            return f"no such route; the nearest is {nearest}"
        return "the connection ended before the answer did" if status == BROKEN else None


class NearMiss:
    """Finds the route that is most like a request that no route took."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._routes = [
            (method, route.path)
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute)
            for method in sorted(route.methods or ())
        ]
        # A client often repeats its mistake.
        self._find = lru_cache(500)(self._most_alike)

    def of(self, method: str, path: str) -> str:
        """The method and the path of the route; the path counts most."""
        return self._find(method, path[:_LONGEST_PATH])

    def _most_alike(self, method: str, path: str) -> str:
        return " ".join(max(self._routes, key=lambda route: _likeness(method, path, *route)))


def _likeness(method: str, path: str, route_method: str, route_path: str) -> tuple[float, bool]:
    segments = path.split("/")
    # A parameter is like anything in its place.
    filled = [
        segments[index] if part.startswith("{") and index < len(segments) else part
        for index, part in enumerate(route_path.split("/"))
    ]
    alike = difflib.SequenceMatcher(None, path.lower(), "/".join(filled).lower()).ratio()
    return round(alike, 2), method == route_method
