"""Load shed: a server that has too much to do says so at once, and stays quick for the rest.

So many requests are worked on at a time, so many wait for their turn, for so long; all others are
answered 503 (our choice). A request takes a slot only while the server works on it: not while its
client takes its time with the body, and not while an answer in pieces goes at the client's pace.
So slow clients keep nobody waiting. An upload also takes one of the slots for uploads, from its
first byte to its answer, since each keeps a temporary file.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alfred_mock.core.replies import JsonReply
from alfred_mock.core.scope_keys import REASON, SLOT
from alfred_mock.core.slots import Overloaded, Slots

log = logging.getLogger("alfred_mock")

SMALL_BODY_BYTES = 65_536
"""A body that says it is no larger is no upload, unless it is a form with parts."""
_SECONDS_BETWEEN_LINES = 5.0
_WITHOUT_BODY = frozenset(("GET", "HEAD", "OPTIONS"))


class _Body:
    """A request's `receive` that gives the slot back while it waits for the client."""

    def __init__(self, receive: Receive, scope: Scope, slots: Slots) -> None:
        self._receive = receive
        self._scope = scope
        self._slots = slots

    async def __call__(self) -> Message:
        if SLOT not in self._scope:  # the answer is on its way: this waits for the client to go
            return await self._receive()
        give_back_slot(self._scope)
        message = await self._receive()
        await self._slots.take_again()
        self._scope[SLOT] = self._slots
        return message


def give_back_slot(scope: Scope) -> None:
    """Give the request's slot back before its end: what follows goes at the client's pace."""
    slots: Slots | None = scope.pop(SLOT, None)
    if slots is not None:
        slots.give_back()


class LoadShed:
    """Lets so many requests in at a time and answers all others 503, without asking anything."""

    def __init__(
        self, app: ASGIApp, *, requests: Slots, uploads: Slots, is_exempt: Callable[[str], bool]
    ) -> None:
        """`is_exempt` tells by their paths which requests are always let in."""
        self._app = app
        self.requests = requests
        self._uploads = uploads
        self._is_exempt = is_exempt
        self._refused = 0
        self._next_line = 0.0

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Not a coroutine itself: a request that only passes costs no coroutine more."""
        if scope["type"] != "http" or self._is_exempt(scope["path"]):
            return self._app(scope, receive, send)
        if scope["method"] not in _WITHOUT_BODY:
            body = _body_of(scope["headers"])
            if body is not _Size.NONE:
                receive = _Body(receive, scope, self.requests)
            if body is _Size.LARGE:
                return self._let_upload_in(scope, receive, send)
        return self._let_in(scope, receive, send)

    async def _let_upload_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._uploads.take()
        except Overloaded as error:
            await self._refuse(error, scope, receive, send)
            return
        try:
            await self._let_in(scope, receive, send)
        finally:
            self._uploads.give_back()

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        slots = self.requests
        if not slots.take_now():
            try:
                await slots.take()
            except Overloaded as error:
                await self._refuse(error, scope, receive, send)
                return
        scope[SLOT] = slots
        try:
            await self._app(scope, receive, send)
        finally:
            if SLOT in scope:
                slots.give_back()

    async def _refuse(self, error: Overloaded, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 503. A line in the log for each would be work that there is no time for."""
        scope[REASON] = error.reason
        self._refused += 1
        now = asyncio.get_running_loop().time()
        if now >= self._next_line:
            log.warning("busy: %s; refused so far: %d", error.reason, self._refused)
            self._next_line = now + _SECONDS_BETWEEN_LINES
        reply = JsonReply(error.body(), status_code=error.status, headers=error.headers)
        await reply(scope, receive, send)


class _Size(Enum):
    """How large a request's body may be."""

    NONE = "none"
    SMALL = "small"
    LARGE = "large"


def _body_of(headers: list[tuple[bytes, bytes]]) -> _Size:
    """Whether there is a body, and whether it may be too large to be kept in memory."""
    size = _Size.NONE
    for name, value in headers:
        if name == b"content-length":
            if not value.isdigit() or int(value[:18]) > SMALL_BODY_BYTES:
                return _Size.LARGE
            if value != b"0":
                size = _Size.SMALL
        elif name == b"transfer-encoding" or (
            name == b"content-type" and value[:10].lower() == b"multipart/"
        ):
            return _Size.LARGE
    return size
