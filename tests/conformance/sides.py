"""A server of our own in the place of the real Alfred, and drifts to introduce into it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alfred_mock.conformance.double import COMPANY_WITH_A_JOB, Double, started
from alfred_mock.conformance.report import Report
from alfred_mock.conformance.run import run

KEY = "the-key-of-the-real-one"
COMPANY: dict[str, Any] = {
    **COMPANY_WITH_A_JOB,
    "name": "Real Company",
    "api_keys": [{"key": KEY, "name": "Key of CI"}],
}

Change = Callable[[Scope, int, list[tuple[bytes, bytes]], bytes], tuple[int, Any, bytes]]
"""Makes another status, other headers and another body of an answer."""


class Drifted:
    """An application whose answers are changed on their way out."""

    def __init__(self, app: ASGIApp, change: Change) -> None:
        self._app = app
        self._change = change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin: Message = {}
        pieces: list[bytes] = []

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start":
                begin.update(message)
            else:
                pieces.append(message.get("body", b""))

        await self._app(scope, receive, take)
        headers = [(name.lower(), value) for name, value in begin["headers"]]
        status, headers, body = self._change(scope, begin["status"], headers, b"".join(pieces))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def no_sleep(seconds: float) -> None:
    """For what would wait for a job."""


@asynccontextmanager
async def real(change: Change | None = None) -> AsyncIterator[Double]:
    """A server of our own that stands for the real one."""
    async with started(COMPANY) as app:
        yield Double(Drifted(app, change) if change else app)


async def report_of(
    change: Change | None = None,
    *,
    level: str = "process",
    prepare: Callable[[Double], Awaitable[None]] | None = None,
) -> Report:
    """The report of a run against such a server."""
    report = Report("real.test", level, "2026-11-25")
    async with real(change) as side:
        if prepare is not None:
            await prepare(side)
        await run(side, KEY, report, sleep=no_sleep)
    return report
