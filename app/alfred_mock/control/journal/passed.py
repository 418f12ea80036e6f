"""What the journal keeps of a request, before and after it was made fit to be stored."""

from typing import Any, NamedTuple

from alfred_mock.control.journal.bodies import KEPT_BYTES, Body
from alfred_mock.control.journal.masking import headers_json, masked
from alfred_mock.core.clock import Instant

Headers = list[tuple[bytes, bytes]]
Entry = dict[str, Any]
"""The columns of an entry, less its number."""

_LOGIN = "/token"


class Passed(NamedTuple):
    """A request and its answer as they were, secrets included: for memory only.

    To make an entry of it takes longer than many a request does, and is done only if somebody
    looks before it had to make room.
    """

    company_id: str | None
    request_id: bytes
    at: Instant
    method: str
    path: str
    query: bytes
    headers: Headers
    content_type: str
    body: Body
    unread: int
    """How many bytes of the body nobody has read."""
    status: int
    answer_headers: Headers
    answer: Body
    seconds: float
    fault: str | None
    reason: str | None

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        bodies = min(self.body.size, KEPT_BYTES) + min(self.answer.size, KEPT_BYTES)
        return 2_000 + len(self.path) + len(self.query) + bodies

    def entry(self) -> Entry:
        """What is stored of it: nothing that is secret."""
        path = self.path.replace("\0", "\ufffd")
        body = self.body.text(self.content_type, is_login=path.rstrip("/").lower() == _LOGIN)
        if self.unread:
            body = f"<{self.unread} bytes that were not read>"
        knows_caller = self.company_id is not None
        answer_type = next(
            (value for name, value in self.answer_headers if name == b"content-type"), b""
        )
        entry: Entry = {
            "id": self.request_id.decode("latin-1"),
            "company_id": self.company_id,
            "at": self.at,
            "method": self.method,
            "path": path,
            "query": masked(self.query.decode("latin-1")),
            "headers_json": headers_json(tuple(self.headers), knows_caller=knows_caller),
            "body": body,
            "status": self.status,
            "response_headers_json": headers_json(
                tuple(self.answer_headers), knows_caller=knows_caller
            ),
            "response_body": self.answer.text(answer_type.decode("latin-1")),
            "duration_us": round(self.seconds * 1_000_000),
            "fault": self.fault,
            "reason": self.reason,
        }
        entry["bytes"] = sum(
            len(value) if value.isascii() else len(value.encode("utf-8", "replace"))
            for value in entry.values()
            if isinstance(value, str)
        )
        return entry
