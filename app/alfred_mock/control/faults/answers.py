"""Answers that are held in hand: errors made up, and real ones to be bent."""

import logging
from dataclasses import dataclass, field

from pydantic_core import to_json
from starlette.types import ASGIApp, Message, Receive, Scope

from alfred_mock.control.faults.effect_schemas import Effect
from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.errors import Unauthorized, phrase_of

log = logging.getLogger("alfred_mock")

RETRY_SECONDS = 1
"""When a client may try again, as 429 and 503 tell it: soon, for tests must not wait long."""

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
    """A whole answer."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def put_header(self, name: str, value: str) -> None:
        """Set a header in place of those of the same name."""
        key = name.lower().encode("latin-1")
        self.headers = [pair for pair in self.headers if pair[0].lower() != key]
        self.headers.append((key, value.encode("latin-1")))


async def answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """What the application answers."""
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


def error_answer(effect: Effect, now: Instant) -> Answer:
    """The error that an effect asks for, with the headers that come with its status."""
    status = effect.status or 500
    phrase = _phrase(status)
    message = effect.message or _SENTENCES.get(status) or f"{phrase}."
    answer = Answer(status, body=to_json({"error": phrase, "message": message}))
    headers = {"content-type": "application/json"}
    if status == 401:
        headers.update(Unauthorized.headers)
    if status in (429, 503):
        headers["retry-after"] = str(RETRY_SECONDS)
    if status == 429:
        headers["x-ratelimit-remaining"] = "0"
        headers["x-ratelimit-reset"] = str(-(-now // SECOND) + RETRY_SECONDS)
    for name, value in headers.items():
        answer.put_header(name, value)
    return answer


def _phrase(status: int) -> str:
    try:
        return phrase_of(status)
    except ValueError:  # one that nobody has named
        return "Client Error" if status < 500 else "Server Error"


def bend(answer: Answer, effect: Effect) -> None:
    """Do to an answer what can be done before it is sent."""
    for name, value in effect.headers.items():
        answer.put_header(name, value)
    if effect.body == "empty":
        answer.body = b""
    elif effect.body == "malformed":
        answer.body = _malformed(answer.body)
    answer.headers = [pair for pair in answer.headers if pair[0] != b"transfer-encoding"]
    answer.put_header("content-length", str(len(answer.body)))


def _malformed(body: bytes) -> bytes:
    """The first half of a JSON text, which never parses."""
    half = body[: len(body) // 2]
    # Half of a number is a number, and half of nothing is nothing.
    return half if body.startswith((b"{", b"[", b'"')) else b"{" + half
