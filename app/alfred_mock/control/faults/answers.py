"""Whole answers in memory: errors, and the application's own before they are sent."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic_core import to_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.errors import Unauthorized, phrase_of

log = logging.getLogger("alfred_mock")

DRIP_SECONDS = 0.025
"""Between one piece and the next; shorter than any client's patience for a single read."""
RETRY_SECONDS = 1
"""When a client may try again, as 429 and 503 tell it: soon, for tests must not wait long."""

WITHOUT_BODY = frozenset((204, 205, 304))
"""Statuses of answers that have no body."""
_WITHOUT_LENGTH = (204, 304)

_SENTENCES = {
    400: "The request cannot be understood.",
    401: "Authorization has been denied for this request.",
    403: "The caller may not do this.",
    404: "The resource does not exist.",
    408: "The request took too long to arrive.",
    409: "The resource is not in a state in which this can be done to it.",
    413: "The request is too large.",
    415: "The request's media type is not accepted.",
    422: "The request cannot be processed.",
    429: "Too many requests were sent; try again later.",
    500: "An unexpected error occurred.",
    501: "This is not implemented.",
    502: "Another server gave an invalid answer.",
    503: "The service is not available; try again later.",
    504: "Another server did not answer in time.",
}


@dataclass(slots=True)
class Answer:
    """A whole answer, and how it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    drip_seconds: float = 0
    """Time over which the body is sent, in small pieces; 0 sends it at once."""
    is_cut: bool = False
    """Whether only the first half of the body is sent, and no end."""

    def put_header(self, name: str, value: str) -> None:
        """Set a header in place of those of the same name."""
        key = name.lower().encode("latin-1")
        self.headers = [pair for pair in self.headers if pair[0].lower() != key]
        self.headers.append((key, value.encode("latin-1")))

    def drop_headers(self, *names: str) -> None:
        """Remove all headers of these names, which are in lower case."""
        dropped = {name.encode() for name in names}
        self.headers = [pair for pair in self.headers if pair[0].lower() not in dropped]

    async def send(self, send: Send) -> None:
        """Send it; the client is told the length of the whole body."""
        self.drop_headers("transfer-encoding", "content-length")
        if self.status not in _WITHOUT_LENGTH:
            self.put_header("content-length", str(len(self.body)))
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        body = self.body[: len(self.body) // 2] if self.is_cut else self.body
        if self.drip_seconds:
            pieces = list(_pieces(body, int(self.drip_seconds / DRIP_SECONDS)))
            for piece in pieces:
                await asyncio.sleep(self.drip_seconds / len(pieces))
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            body = b""
        await send({"type": "http.response.body", "body": body, "more_body": self.is_cut})


def _pieces(body: bytes, wanted: int) -> Iterator[bytes]:
    size = max(1, -(-len(body) // max(2, wanted)))
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]


async def answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """The application's answer."""
    begin: Message | None = None
    pieces: list[bytes] = []

    async def take(message: Message) -> None:
        nonlocal begin
        if message["type"] == "http.response.start":
            begin = message
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    try:
        await app(scope, receive, take)
    except Exception:
        # Starlette answers first and raises then.
        if begin is None:
            raise
        log.exception("%s %s", scope["method"], scope["path"])
    if begin is None:
        raise RuntimeError("the application gave no answer")
    headers = [(bytes(name), bytes(value)) for name, value in begin["headers"]]
    return Answer(begin["status"], headers, b"".join(pieces))


def error_answer(status: int, message: str | None, now: Instant) -> Answer:
    """An error, with the headers that come with its status."""
    phrase = _phrase(status)
    message = message or _SENTENCES.get(status) or f"{phrase}."
    headers = {"content-type": "application/json"}
    if status == 401:
        headers.update(Unauthorized.headers)
    if status in (429, 503):
        headers["retry-after"] = str(RETRY_SECONDS)
    if status == 429:
        headers["x-ratelimit-remaining"] = "0"
        headers["x-ratelimit-reset"] = str(-(-now // SECOND) + RETRY_SECONDS)
    answer = Answer(status, [], to_json({"error": phrase, "message": message}))
    for name, value in headers.items():
        answer.put_header(name, value)
    return answer


def _phrase(status: int) -> str:
    try:
        return phrase_of(status)
    except ValueError:  # a status without a name
        return "Client Error" if status < 500 else "Server Error"


def malformed(body: bytes) -> bytes:
    """The first half of a JSON text, which never parses."""
    half = body[: len(body) // 2]
    # Half of a number is a number, and half of nothing is nothing.
    return half if body.startswith((b"{", b"[", b'"')) else b"{" + half
