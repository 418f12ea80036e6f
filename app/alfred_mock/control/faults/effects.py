"""What a fault does to a request."""

import asyncio
from collections.abc import Iterator

from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.control.faults.answers import Answer, answer_of, bend, error_answer
from alfred_mock.control.faults.effect_schemas import Effect
from alfred_mock.core.clock import Clock
from alfred_mock.engine import connection

DRIP_SECONDS = 0.025
"""Between one piece and the next; shorter than any client's patience for a single read."""


class Bent:
    """A request that something happens to: the application called in another way."""

    def __init__(self, app: ASGIApp, effect: Effect, *, delay_seconds: float, clock: Clock) -> None:
        self._app = app
        self._effect = effect
        self._delay_seconds = delay_seconds
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        effect = self._effect
        incoming = connection.Incoming(receive)
        if effect.after:
            await answer_of(self._app, scope, incoming)
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        if effect.connection == "reset":
            connection.reset(scope)
        elif effect.connection == "close":
            await connection.close(scope, incoming)
        elif effect.status is not None:
            answer = error_answer(effect, self._clock.real())
            await self._send(answer, scope, incoming, send)
        elif effect.body or effect.drip_ms or effect.headers:
            answer = await answer_of(self._app, scope, incoming)
            await self._send(answer, scope, incoming, send)
        else:
            await self._app(scope, receive, send)

    async def _send(
        self, answer: Answer, scope: Scope, incoming: connection.Incoming, send: Send
    ) -> None:
        effect = self._effect
        bend(answer, effect)
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": answer.headers,
            }
        )
        is_cut = effect.body == "truncated"
        body = answer.body[: len(answer.body) // 2] if is_cut else answer.body
        if effect.drip_ms:
            await _drip(body, effect.drip_ms / 1_000, send)
            body = b""
        await send({"type": "http.response.body", "body": body, "more_body": is_cut})
        if is_cut:
            await connection.close(scope, incoming)


async def _drip(body: bytes, seconds: float, send: Send) -> None:
    """Send a body little by little, to be at its end when the time is over."""
    pieces = list(_pieces(body, int(seconds / DRIP_SECONDS)))
    for piece in pieces:
        await asyncio.sleep(seconds / len(pieces))
        await send({"type": "http.response.body", "body": piece, "more_body": True})


def _pieces(body: bytes, wanted: int) -> Iterator[bytes]:
    size = max(1, -(-len(body) // max(2, wanted)))
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]
