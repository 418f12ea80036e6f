"""Applies an effect to a request.

A step knows its own field of `Effect` only; the order of the steps is in `_STEPS`.
"""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.control.faults.answers import Answer, answer_of, error_answer, malformed
from alfred_mock.control.faults.effects import Effect
from alfred_mock.core.clock import Clock
from alfred_mock.engine import connection

TEXT_TYPE = "text/plain; charset=utf-8"
BYTES_TYPE = "application/octet-stream"


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
    if effect.status is None:
        return
    if effect.status < 400:
        applied.answer = Answer(effect.status, [], b"")
    else:
        applied.answer = error_answer(effect.status, effect.message, applied.clock.real())


async def _content(applied: AppliedEffect) -> None:
    effect = applied.effect
    content = effect.content_bytes
    if content is None:
        return
    answer = await applied.answer_in_hand()
    answer.body = content
    plain = TEXT_TYPE if effect.content is not None else BYTES_TYPE
    answer.put_header("content-type", effect.content_type or plain)
    # They tell of the body that was there before.
    answer.drop_headers("content-encoding", "content-range", "etag", "last-modified")


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


_STEPS = (_after, _delay, _connection, _status, _content, _headers, _body, _drip)
