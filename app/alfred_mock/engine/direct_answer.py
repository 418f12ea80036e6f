"""One answer of the fast path: how a plan is run to its end, and how its answer leaves."""

import asyncio
import logging
import time
from collections.abc import Coroutine, Generator
from typing import Any, NamedTuple, Protocol

from starlette.requests import Request
from starlette.types import Message, Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from alfred_mock.core.body import release
from alfred_mock.core.clock import Instant
from alfred_mock.core.error_handlers import answer_to
from alfred_mock.core.load_shed import give_back_slot
from alfred_mock.core.middleware import STOPPING
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.scope_keys import RATE_REMAINING, REQUEST_ID, SERVER_SEND
from alfred_mock.database import patience
from alfred_mock.engine.blocks import Blocks
from alfred_mock.engine.compiled_routes import Plan
from alfred_mock.engine.connection import has_gone, sends_no_more, show_end

log = logging.getLogger("uvicorn.error")

_NO_BODY: Message = {"type": "http.request", "body": b"", "more_body": False}


class Witness(Protocol):
    """Keeps what was answered; the end of an answer leaves only once it has."""

    def now(self) -> Instant:
        """The time of a request that begins."""

    async def keep(
        self, scope: Scope, reply: JsonReply, *, at: Instant, begun: float, is_lost: bool
    ) -> None:
        """Keep a request and its answer; `begun` is by `time.perf_counter`."""

    async def keep_broken(
        self, scope: Scope, error: BaseException, *, at: Instant, begun: float
    ) -> None:
        """Keep a request that an error has ended."""


class Connection(Protocol):
    """What an answer needs of the protocol of its connection."""

    app_state: dict[str, Any]
    server_state: ServerState

    @property
    def base_scope(self) -> Scope:
        """What the scopes of all its requests have alike."""

    def begin(self, scope: Scope) -> RequestResponseCycle:
        """Make uvicorn's object for a request that has to wait."""

    def run(self, giving: Coroutine[Any, Any, None]) -> None:
        """Go on with an answer in a task that the end of the server waits for."""

    def answer_at_once(self, block: bytes) -> None:
        """Send the answer to a request that did not have to wait."""

    def answer_later(self, cycle: RequestResponseCycle, block: bytes) -> None:
        """Send the answer, or the rest of it, to one that had."""


class Manner(NamedTuple):
    """How the requests of an application are answered."""

    blocks: Blocks
    witness: Witness | None
    needs_tasks: bool
    """Whether each has a task from its beginning, rather than once it waits."""


class DirectAnswer:
    """The answer to one request, which has no cycle of uvicorn's unless it has to wait."""

    def __init__(self, manner: Manner, connection: Connection, scope: Scope) -> None:
        self._manner = manner
        self._connection = connection
        self._scope = scope
        self._cycle: RequestResponseCycle | None = None
        self._has_read = False

    def start(self, giving: Coroutine[Any, Any, None]) -> None:
        """Run `give` to its end, or until it waits; a task does the rest (saves 20 %)."""
        if self._manner.needs_tasks:
            self._begin()
        else:
            try:
                awaited = giving.send(None)
            except StopIteration:
                return
            self._begin()
            giving = _go_on(_Rest(giving, awaited))
        self._connection.run(giving)

    def _begin(self) -> RequestResponseCycle:
        """What the protocol, and whoever asks for the connection, take for the request."""
        if self._cycle is None:
            self._cycle = self._connection.begin(self._scope)
            self._scope[SERVER_SEND] = self._cycle.send
        return self._cycle

    async def receive(self) -> Message:
        """The body, which is empty; then the end of the connection."""
        if self._has_read:
            message: Message = await self._begin().receive()  # type: ignore[assignment]
            return message
        self._has_read = True
        return _NO_BODY

    async def give(self, request: Request, plan: Plan, arguments: dict[str, Any]) -> None:
        """Run a plan and send its answer, or that to its error."""
        witness = self._manner.witness
        at = 0 if witness is None else witness.now()
        begun = time.perf_counter()
        if self._manner.needs_tasks:
            patience.begin()
        try:
            try:
                reply = await plan.run(request, arguments)
            except Exception as error:
                reply = await answer_to(request, error)
            await self._send(reply, witness, at, begun)
        except asyncio.CancelledError as cancelled:
            # The server cancels what is still under way at the end of its grace.
            if witness is not None:
                await witness.keep_broken(self._scope, cancelled, at=at, begun=begun)
            cycle = self._begin()
            if cycle.response_started:
                cycle.transport.close()
            else:
                cycle.keep_alive = False
                await self._send(STOPPING, None, at, begun)
        except Exception as error:
            log.exception("Exception in ASGI application\n", exc_info=error)
            await self._begin().send_500_response()
        finally:
            give_back_slot(self._scope)
            release(self._scope)

    async def _send(
        self, reply: JsonReply, witness: Witness | None, at: Instant, begun: float
    ) -> None:
        cycle, rest = self._cycle, None
        if witness is not None:
            if cycle is not None and sends_no_more(self._scope):
                # Once the head has been sent, more may be known about its client.
                block = self._block(reply)
                rest = block[len(block) - len(reply.body) :]
                cycle.response_started = True
                cycle.transport.write(block[: len(block) - len(reply.body)])
                show_end(self._scope)
            await witness.keep(
                self._scope, reply, at=at, begun=begun, is_lost=has_gone(self._scope)
            )
            cycle = self._cycle
        if cycle is None:
            self._connection.answer_at_once(self._block(reply))
            return
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if not cycle.disconnected:
            self._connection.answer_later(cycle, self._block(reply) if rest is None else rest)

    def _block(self, reply: JsonReply) -> bytes:
        scope, connection, cycle = self._scope, self._connection, self._cycle
        return self._manner.blocks.of(
            reply,
            scope[REQUEST_ID],
            scope.get(RATE_REMAINING),
            connection.server_state.default_headers,
            closes=cycle is not None and not cycle.keep_alive,
        )


class _Rest:
    """What is left of a coroutine that waits for something already."""

    def __init__(self, run: Coroutine[Any, Any, None], awaited: Any) -> None:
        self._run = run
        self._awaited = awaited

    def __await__(self) -> Generator[Any, None, None]:
        while True:
            thrown = None
            try:
                yield self._awaited
            except BaseException as error:
                thrown = error
            try:
                self._awaited = self._run.send(None) if thrown is None else self._run.throw(thrown)
            except StopIteration:
                return


async def _go_on(rest: _Rest) -> None:
    await rest
