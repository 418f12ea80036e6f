"""A request and its answer as they pass."""

import asyncio
import time
from typing import Any

from starlette.types import Message, Receive, Scope

from alfred_mock.control.faults.middleware import FAULT
from alfred_mock.control.journal.bodies import KEPT_BYTES, Body, PlainBody
from alfred_mock.control.journal.forms import form_of
from alfred_mock.control.journal.masking import headers_json, masked
from alfred_mock.core.clock import Instant
from alfred_mock.core.middleware import REASON, REQUEST_ID

BROKEN = 0
"""The status of a request whose answer did not reach its end."""
UNREAD_SECONDS = 0.1
"""How long an answer waits for a small body that nobody has read, to show it."""

_LOGIN = "/token"

Entry = dict[str, Any]
"""The columns of an entry, less its number."""


class Exchange:
    """Sees what passes, and has its `finish` awaited before the last of the answer does."""

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

    def entry(self, company_id: str | None, reason: str | None) -> Entry:
        """What the journal keeps of it."""
        scope = self.scope
        path: str = scope["path"]
        is_login = path.rstrip("/").lower() == _LOGIN
        body = self._body.text(self._content_type, is_login=is_login)
        if not self._body.size and self._declared and self._has_more:
            body = f"<{self._declared} bytes that were not read>"
        type_of_answer = next(
            (value for name, value in self._answer_headers if name == b"content-type"), b""
        )
        entry: Entry = {
            "id": scope.get(REQUEST_ID, b"").decode("latin-1"),
            "company_id": company_id,
            "at": self._at,
            "method": scope["method"],
            "path": path.replace("\0", "\ufffd"),
            "query": masked(scope["query_string"].decode("latin-1")),
            "headers_json": headers_json(
                tuple(scope["headers"]), knows_caller=company_id is not None
            ),
            "body": body,
            "status": self.status if self.is_complete else BROKEN,
            "response_headers_json": headers_json(tuple(self._answer_headers), knows_caller=True),
            "response_body": self._answer.text(type_of_answer.decode("latin-1")),
            "duration_us": round((time.perf_counter() - self._begun) * 1_000_000),
            "fault": scope.get(FAULT),
            "reason": reason if reason is not None else scope.get(REASON),
        }
        entry["bytes"] = sum(
            len(value) if value.isascii() else len(value.encode("utf-8", "replace"))
            for value in entry.values()
            if isinstance(value, str)
        )
        return entry
