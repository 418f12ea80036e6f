"""A request and its answer as they pass."""

import asyncio
import time

from starlette.types import Message, Receive, Scope

from alfred_mock.control.journal.bodies import KEPT_BYTES, Body, PlainBody
from alfred_mock.control.journal.forms import form_of
from alfred_mock.control.journal.passed import Passed
from alfred_mock.core.clock import Instant
from alfred_mock.core.scope_keys import FAULT, REASON, REQUEST_ID

BROKEN = 0
"""The status of a request whose answer did not reach its end."""
UNREAD_SECONDS = 0.1
"""How long an answer waits for a small body that nobody has read, to show it."""


class Exchange:
    """Sees what passes."""

    def __init__(self, scope: Scope, receive: Receive, at: Instant) -> None:
        self.scope = scope
        self.status = BROKEN
        self.is_complete = False
        self._at = at
        self._begun = time.perf_counter()
        self._receive = receive
        self._answer_headers: list[tuple[bytes, bytes]] = []
        self._answer = PlainBody()
        self._declared = 0
        self._content_type = ""
        self._has_more = self._expects = False
        self._is_gone = False
        for name, value in scope["headers"]:
            if name == b"content-type":
                self._content_type = value.decode("latin-1")
            elif name == b"content-length" and value.isdigit():
                self._declared = int(value[:18])
                self._has_more = self._declared > 0
            elif name == b"transfer-encoding":
                self._has_more = True
            elif name == b"expect":
                self._expects = True
        form = form_of(self._content_type) if "multipart" in self._content_type.lower() else None
        self._body: Body = form or PlainBody()

    async def receive(self) -> Message:
        """The next of the request."""
        message = await self._receive()
        if message["type"] == "http.request":
            chunk = message.get("body")
            if chunk:
                self._body.add(chunk)
            self._has_more = message.get("more_body", False)
        elif not self.is_complete:
            self._is_gone = True
        return message

    async def answer(self, message: Message) -> bool:
        """See the next of the answer; whether it is the last."""
        if message["type"] == "http.response.start":
            if self._has_more and 0 < self._declared <= KEPT_BYTES and not self._expects:
                await self._read_unread()
            self.status = message["status"]
            self._answer_headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            chunk = message.get("body")
            if chunk:
                self._answer.add(chunk)
            self.is_complete = not message.get("more_body", False)
            if self.is_complete and self._is_gone:
                self.status = BROKEN
        return self.is_complete

    async def _read_unread(self) -> None:
        # Once it is answered, the server throws away what was not read.
        try:
            async with asyncio.timeout(UNREAD_SECONDS):
                while self._has_more and not self._is_gone:
                    await self.receive()
        except TimeoutError:
            pass

    def passed(self, company_id: str | None, reason: str | None) -> Passed:
        """All that there is to keep of it."""
        scope = self.scope
        return Passed(
            company_id=company_id,
            request_id=scope.get(REQUEST_ID, b""),
            at=self._at,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"],
            headers=scope["headers"],
            content_type=self._content_type,
            body=self._body,
            unread=0 if self._body.size or not self._has_more else self._declared,
            status=self.status if self.is_complete else BROKEN,
            answer_headers=self._answer_headers,
            answer=self._answer,
            seconds=time.perf_counter() - self._begun,
            fault=scope.get(FAULT),
            reason=scope.get(REASON) if reason is None else reason,
        )
