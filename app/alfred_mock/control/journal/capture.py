"""A request and its answer, taken down while they pass."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from starlette.types import Message, Scope

from alfred_mock.auth.api_key import HEADER
from alfred_mock.control.journal.bodies import SHOWN_BYTES, PlainBody, new_body
from alfred_mock.control.journal.masking import headers_json
from alfred_mock.core.clock import Instant
from alfred_mock.core.masking import masked, masked_words
from alfred_mock.core.replies import JsonReply, are_usual, headers_of
from alfred_mock.core.scope_keys import REQUEST_ID
from alfred_mock.engine.direct_answer import Beginning

BROKEN = 0
"""The status of a request whose answer did not reach its end."""

HEAD_BYTES = 16_384
"""Of a path, of a query and of all headers together, the journal keeps about so much."""

_LEAST_WEIGHT = 2_000
_LOGIN = "/token"
_CREDENTIALS = frozenset((b"authorization", HEADER.lower().encode()))


class CapturedRequest:
    """A request and its answer as they were, secrets included: for memory only.

    Making the entry takes longer than many requests do. So an entry is made when it is stored,
    and never for a request that had to make room before.
    """

    def __init__(self, scope: Scope, at: Instant) -> None:
        self.company_id: str | None = None
        self.fault: str | None = None
        self.reason: str | None = None
        self.is_complete = False
        """Whether the answer has reached its end."""
        self._begun = time.perf_counter()
        self._at = at
        self._id: bytes = scope.get(REQUEST_ID, b"")
        self._method: str = scope["method"]
        self._path: str = scope["path"][:HEAD_BYTES]
        self._query: bytes = scope["query_string"][:HEAD_BYTES]
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._content_type = ""
        self._declared = 0
        self._has_more = self.has_lost_client = False
        expects = False
        size = 0
        for name, value in self._headers:
            size += len(name) + len(value)
            if name == b"content-type":
                self._content_type = value.decode("latin-1")
            elif name == b"content-length" and value.isdigit():
                self._declared = int(value[:18])
                self._has_more = self._declared > 0
            elif name == b"transfer-encoding":
                self._has_more = True
            elif name == b"expect":
                expects = True
        if size + 32 * len(self._headers) > HEAD_BYTES:
            self._headers = list(_shortened(self._headers))
            size = HEAD_BYTES
        self._head_bytes = size
        self._is_small = 0 < self._declared <= SHOWN_BYTES and not expects
        self._body = new_body(self._content_type)
        self._status = BROKEN
        self._answer_headers: list[tuple[bytes, bytes]] = []
        self._answer = PlainBody()
        self._duration_us = 0

    @property
    def status(self) -> int:
        """The answer's, `BROKEN` unless the client has got all of it."""
        return self._status if self.is_complete and not self.has_lost_client else BROKEN

    @property
    def is_small_and_unread(self) -> bool:
        """Whether the body is worth waiting for, and is not here yet."""
        return self._is_small and self._has_more and not self.has_lost_client

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        bodies = min(self._body.size, SHOWN_BYTES) + min(self._answer.size, SHOWN_BYTES)
        return _LEAST_WEIGHT + self._head_bytes + len(self._path) + len(self._query) + bodies

    def add_request(self, message: Message) -> None:
        """Take the next message of the request."""
        if message["type"] == "http.request":
            chunk = message.get("body")
            if chunk:
                self._body.add(chunk)
            self._has_more = message.get("more_body", False)
        elif not self.is_complete:
            self.has_lost_client = True

    def add_answer(self, message: Message) -> None:
        """Take the next message of the answer."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._answer_headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            chunk = message.get("body")
            if chunk:
                self._answer.add(chunk)
            self.is_complete = not message.get("more_body", False)

    @property
    def presented(self) -> list[str]:
        """What was sent as credentials, each by itself."""
        return [
            value.decode("latin-1").strip().rpartition(" ")[2]
            for name, value in self._headers
            if name in _CREDENTIALS
        ]

    def end(self, *, seconds: float | None = None) -> None:
        """Measure how long it took, unless that is known."""
        if seconds is None:
            seconds = time.perf_counter() - self._begun
        self._duration_us = round(seconds * 1_000_000)

    def entry(self) -> dict[str, Any]:
        """The columns of its entry, all but the number; what is named like a secret is masked."""
        path = self._path.replace("\0", "\ufffd")
        if self._has_more and self._declared and not self._body.size:
            body = f"<{self._declared} bytes that were not read>"
        else:
            is_login = path.rstrip("/").lower() == _LOGIN
            body = self._body.text(self._content_type, is_login=is_login)
        knows_caller = self.company_id is not None
        answer_type = next(
            (value for name, value in self._answer_headers if name == b"content-type"), b""
        )
        entry: dict[str, Any] = {
            "id": self._id.decode("latin-1"),
            "company_id": self.company_id,
            "at": self._at,
            "method": self._method,
            "path": masked(path),
            "query": masked(self._query.decode("latin-1")),
            "headers_json": headers_json(tuple(self._headers), knows_caller=knows_caller),
            "body": body,
            "status": self.status,
            "response_headers_json": headers_json(
                tuple(self._answer_headers), knows_caller=knows_caller
            ),
            "response_body": self._answer.text(answer_type.decode("latin-1")),
            "duration_us": self._duration_us,
            "fault": self.fault,
            "reason": self.reason and masked_words(self.reason),
        }
        entry["bytes"] = sum(
            len(value) if value.isascii() else len(value.encode("utf-8", "replace"))
            for value in entry.values()
            if isinstance(value, str)
        )
        return entry


class CapturedReply:
    """A request without a body and its whole answer: the same, with all of the work left to do.

    For requests whose head is short. Many are kept for a while, so nothing else is.
    """

    __slots__ = (
        *("_answer_headers", "_at", "_begun", "_body", "_headers", "_id", "_method", "_path"),
        *("_seconds", "_status"),
        *("company_id", "fault", "has_lost_client", "reason", "weight"),
    )

    def __init__(self, scope: Scope, reply: JsonReply | None, beginning: Beginning) -> None:
        """There is no `reply` where an error has ended it."""
        self.company_id: str | None = None
        self.fault: str | None = None
        self.reason: str | None = None
        self.has_lost_client = False
        self._id: bytes = scope[REQUEST_ID]
        self._method: str = scope["method"]
        self._path: str = scope["path"]
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._status, self._body = BROKEN, b""
        self._answer_headers: list[tuple[bytes, bytes]] | None = None
        if reply is not None:
            self._status, self._body = reply.status_code, bytes(reply.body)
            if not are_usual(reply.raw_headers):
                self._answer_headers = reply.raw_headers
        self._at, self._begun, head_bytes = beginning
        self._seconds = 0.0
        body = min(len(self._body), SHOWN_BYTES)
        self.weight = _LEAST_WEIGHT + head_bytes + len(self._path) + body

    @property
    def status(self) -> int:
        """The answer's, `BROKEN` unless the client has got all of it."""
        return BROKEN if self.has_lost_client else self._status

    @property
    def presented(self) -> list[str]:
        """What was sent as credentials, each by itself."""
        return self._in_full().presented

    def end(self) -> None:
        """Measure how long it took."""
        self._seconds = time.perf_counter() - self._begun

    def entry(self) -> dict[str, Any]:
        """The columns of its entry, as those of a `CapturedRequest`."""
        return self._in_full().entry()

    def _in_full(self) -> CapturedRequest:
        scope = {
            REQUEST_ID: self._id,
            "method": self._method,
            "path": self._path,
            "query_string": b"",
            "headers": self._headers,
        }
        full = CapturedRequest(scope, self._at)
        if self._status != BROKEN:
            headers = self._answer_headers or headers_of(self._body)
            start = {"status": self._status, "headers": headers}
            full.add_answer({"type": "http.response.start", **start})
            full.add_answer({"type": "http.response.body", "body": self._body})
        full.company_id, full.fault, full.reason = self.company_id, self.fault, self.reason
        full.has_lost_client = self.has_lost_client
        full.end(seconds=self._seconds)
        return full


Captured = CapturedRequest | CapturedReply


def _shortened(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Headers that fit; what is left out is told by its size."""
    room = HEAD_BYTES
    left_out = 0
    for name, value in headers:
        size = len(name) + len(value)
        if len(name) > HEAD_BYTES // 16 or room <= 0:
            left_out += size
            continue
        if size > room // 2:
            # The size stands in front: whatever masks the value goes on to its end.
            value = b"<%d bytes> %s" % (len(value), value[: room // 4])
        room -= len(name) + len(value) + 32
        yield name, value
    if left_out:
        yield b"...", b"<%d bytes of more headers>" % left_out
