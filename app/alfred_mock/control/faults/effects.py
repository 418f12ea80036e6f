"""What a fault does to a request.

An effect is a field of `Effect` and a step that applies it. A step knows its own field only; the
order of the steps is in `_STEPS`.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.control.body import ControlBody
from alfred_mock.control.faults.answers import Answer, answer_of, error_answer, malformed
from alfred_mock.core.clock import Clock
from alfred_mock.engine import connection

MOST_MS = 600_000
"""The longest delay: ten minutes."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,4096}")
_FRAMING = {"content-length", "transfer-encoding", "connection"}


def wrong(message: str) -> PydanticCustomError:
    """The error of a validator; the message follows the name of the field."""
    return PydanticCustomError("fault", message)


def header_names(headers: dict[str, str]) -> dict[str, str]:
    """Refuse names that no header can have."""
    for name in headers:
        if not _HEADER_NAME.fullmatch(name):
            raise wrong("must have names that a header can have")
    return headers


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if name.lower() in _FRAMING:
            raise wrong("must not have Content-Length, Transfer-Encoding or Connection")
        if not _HEADER_VALUE.fullmatch(value):
            raise wrong("must have values that a header can have")
    return headers


Milliseconds = Annotated[float, Field(ge=0, le=MOST_MS)]


class Uniform(ControlBody):
    """A delay of any length between two, each as likely as the other."""

    min: Milliseconds
    max: Milliseconds

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise wrong("must have a min that is not above its max")
        return self


class Lognormal(ControlBody):
    """A delay as networks have them: mostly near the median, now and then far above it."""

    median: Annotated[float, Field(gt=0, le=MOST_MS)]
    sigma: Annotated[float, Field(ge=0, le=10)]


def _kind_of_delay(value: Any) -> str:
    if isinstance(value, Lognormal) or (isinstance(value, dict) and "median" in value):
        return "lognormal"
    return "uniform" if isinstance(value, Uniform | dict) else "fixed"


Delay = Annotated[
    Annotated[Milliseconds, Tag("fixed")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[Lognormal, Tag("lognormal")],
    Discriminator(_kind_of_delay),
]


class Effect(ControlBody):
    """What happens to a request."""

    status: int | None = Field(None, ge=400, le=599, description="Answer this error instead.")
    message: str | None = Field(
        None, max_length=4096, description="The error's sentence; each status has one of its own."
    )
    headers: Annotated[dict[str, str], AfterValidator(header_names), AfterValidator(_sendable)] = (
        Field({}, description="Headers for the answer, in place of its own of the same name.")
    )
    delay_ms: Delay | None = Field(
        None, description="How long the answer is held back: always the same, or drawn."
    )
    drip_ms: Annotated[float, Field(gt=0, le=MOST_MS)] | None = Field(
        None, description="Time over which the body drips, in small pieces."
    )
    body: Literal["empty", "truncated", "malformed"] | None = Field(
        None, description="What becomes of the body; without a status that of the real answer."
    )
    connection: Literal["reset", "close"] | None = Field(
        None, description="Give no answer: reset the connection, or close it."
    )
    after: bool = Field(
        False, description="Let the request do its work first, and throw away its answer."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        asked = self.model_dump(exclude_defaults=True).keys()
        if not asked - {"message", "after"}:
            raise wrong("must do something")
        if self.message is not None and self.status is None:
            raise wrong("has a message but no status")
        if self.after and self.status is None and self.connection is None:
            raise wrong("has after but neither status nor connection")
        if self.connection is not None and asked - {"connection", "delay_ms", "after"}:
            raise wrong("cannot both give an answer and end the connection without one")
        return self

    def summary(self) -> str:
        """The effect in a few words."""
        asked = self.model_dump(exclude_defaults=True, exclude={"message", "headers"})
        if self.headers:
            asked["headers"] = " ".join(self.headers)
        return ", ".join(f"{name}{_words(value)}" for name, value in asked.items())


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f" {name}{_words(part)}" for name, part in value.items())
    if value is True:
        return ""
    return f" {value:g}" if isinstance(value, float) else f" {value}"


@dataclass(slots=True)
class AppliedEffect:
    """An effect and the one request that it is applied to: the steps work on it."""

    effect: Effect
    delay_seconds: float
    clock: Clock
    app: ASGIApp
    scope: Scope
    incoming: connection.Incoming
    answer: Answer | None = None
    """The answer to be sent; None leaves it to the application."""
    is_over: bool = False
    """Whether the connection has ended, so that no answer follows."""

    async def answer_in_hand(self) -> Answer:
        """The answer to be sent: an error, or else the application's own."""
        if self.answer is None:
            self.answer = await answer_of(self.app, self.scope, self.incoming)
        return self.answer


async def apply_to(
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    effect: Effect,
    *,
    delay_seconds: float,
    clock: Clock,
) -> None:
    """Call the application with a request that an effect is applied to."""
    incoming = connection.Incoming(receive)
    applied = AppliedEffect(effect, delay_seconds, clock, app, scope, incoming)
    for step in _STEPS:
        await step(applied)
    if applied.is_over:
        return
    answer = applied.answer
    if answer is None:
        await app(scope, incoming, send)
        return
    await answer.send(send)
    if answer.is_cut:
        await connection.close(scope, incoming)


async def _after(applied: AppliedEffect) -> None:
    if applied.effect.after:
        await answer_of(applied.app, applied.scope, applied.incoming)


async def _delay(applied: AppliedEffect) -> None:
    if applied.delay_seconds:
        await asyncio.sleep(applied.delay_seconds)


async def _connection(applied: AppliedEffect) -> None:
    if applied.effect.connection is None:
        return
    applied.is_over = True
    if applied.effect.connection == "reset":
        connection.reset(applied.scope)
    else:
        await connection.close(applied.scope, applied.incoming)


async def _status(applied: AppliedEffect) -> None:
    effect = applied.effect
    if effect.status is not None:
        applied.answer = error_answer(effect.status, effect.message, applied.clock.real())


async def _headers(applied: AppliedEffect) -> None:
    for name, value in applied.effect.headers.items():
        (await applied.answer_in_hand()).put_header(name, value)


async def _body(applied: AppliedEffect) -> None:
    if applied.effect.body is None:
        return
    answer = await applied.answer_in_hand()
    match applied.effect.body:
        case "empty":
            answer.body = b""
        case "malformed":
            answer.body = malformed(answer.body)
        case "truncated":
            answer.is_cut = True


async def _drip(applied: AppliedEffect) -> None:
    if applied.effect.drip_ms:
        (await applied.answer_in_hand()).drip_seconds = applied.effect.drip_ms / 1_000


_STEPS = (_after, _delay, _connection, _status, _headers, _body, _drip)
