"""One answer of the fast path: how a plan is run to its end, and how its answer leaves."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Coroutine
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
from alfred_mock.core.scope_keys import RATE_REMAINING, REQUEST_ID, SERVER_SEND, SLOT
from alfred_mock.core.slots import Slots
from alfred_mock.database import patience
from alfred_mock.engine.begun import Rest, given, rest_of
from alfred_mock.engine.blocks import Blocks
from alfred_mock.engine.connection import has_gone, sends_no_more, show_end

log = logging.getLogger("uvicorn.error")

Running = Coroutine[Any, Any, JsonReply]
"""A plan on its way to its answer."""

_NO_BODY: Message = {"type": "http.request", "body": b"", "more_body": False}


class Beginning(NamedTuple):
    """What is known of a request when it begins."""

    at: Instant
    counter: float
    """By `time.perf_counter`, to tell how long it took."""
    head_bytes: int
    """Those of all names and values of its headers."""


class Witness(Protocol):
    """Keeps what was answered; the end of an answer leaves only once it has."""

    def now(self) -> Instant:
        """The time of a request that begins."""

    def keep_now(self, scope: Scope, reply: JsonReply, beginning: Beginning) -> bool:
        """Keep a request and its answer if that needs no waiting; False if it does."""

    async def keep(
        self, scope: Scope, reply: JsonReply, beginning: Beginning, *, is_lost: bool
    ) -> None:
        """Keep a request and its answer; `is_lost` where the client has gone before it."""

    async def keep_broken(self, scope: Scope, error: BaseException, beginning: Beginning) -> None:
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

    def waits_for(self, answer: "DirectAnswer | None") -> None:
        """Let an answer wait without a cycle, until somebody asks for one."""

    def answer_at_once(self, block: bytes) -> None:
        """Send the answer to a request that did not have to wait."""

    def answer_later(self, cycle: RequestResponseCycle, block: bytes) -> None:
        """Send the answer, or the rest of it, to one that had."""


class Manner(NamedTuple):
    """How the requests of an application are answered."""

    blocks: Blocks
    slots: Slots
    """Those of requests under way; one that never waits needs none."""
    witness: Witness | None
    needs_tasks: bool
    """Whether each has a task from its beginning, rather than once it waits."""


class DirectAnswer:
    """The answer to one request, which has no cycle of uvicorn's unless it has to wait."""

    _beginning = Beginning(0, 0.0, 0)

    def __init__(
        self, manner: Manner, connection: Connection, scope: Scope, head_bytes: int
    ) -> None:
        self._manner = manner
        self._connection = connection
        self._scope = scope
        self._head_bytes = head_bytes
        self._cycle: RequestResponseCycle | None = None
        self._has_read = False
        self._waiting: tuple[Request, Running, asyncio.Future[Any]] | None = None

    def start(self, request: Request, running: Running) -> None:
        """Send what a plan comes to, which is a task only once it waits (saves 30 %)."""
        witness = self._manner.witness
        if witness is not None:
            self._beginning = Beginning(witness.now(), time.perf_counter(), self._head_bytes)
        if self._manner.needs_tasks:
            self._go_on(self._give(request, running))
        else:
            self._run(request, running)

    def _run(self, request: Request, running: Running) -> None:
        try:
            awaited = running.send(None)
        except StopIteration as finished:
            self._finish(request, finished.value)
        except (Exception, asyncio.CancelledError) as error:
            self._drive(self._give(request, given(error)))
        else:
            if asyncio.isfuture(awaited):
                self._wait(request, running, awaited)
            else:
                self._go_on(self._give(request, Rest(running, awaited)))

    def _wait(self, request: Request, running: Running, awaited: asyncio.Future[Any]) -> None:
        """Wait without a task and a cycle (saves 15 %), until something else happens on the
        connection: then `become_a_task` is called.
        """
        self._take_slot()
        self._waiting = request, running, awaited
        awaited._asyncio_future_blocking = False  # a task does so as well
        awaited.add_done_callback(self._resume)
        self._connection.waits_for(self)

    def become_a_task(self) -> None:
        """Go on to wait as other requests do."""
        if self._waiting is not None:
            (request, running, awaited), self._waiting = self._waiting, None
            awaited.remove_done_callback(self._resume)
            awaited._asyncio_future_blocking = True
            self._go_on(self._give(request, Rest(running, awaited)))

    def _resume(self, _: Any) -> None:
        if self._waiting is None:
            return
        (request, running, _), self._waiting = self._waiting, None
        self._connection.waits_for(None)
        self._run(request, running)

    def _finish(self, request: Request, reply: JsonReply) -> None:
        """Send a reply: at once, if nothing has asked for a cycle, and nobody has to wait now."""
        outcome: JsonReply | Exception = reply
        try:
            if self._cycle is None and self._leaves_now(reply):
                return
        except Exception as error:
            outcome = error
        self._drive(self._give(request, given(outcome)))

    def _leaves_now(self, reply: JsonReply) -> bool:
        """Keep and send a reply; False, and nothing is done, where the witness has to wait."""
        witness, scope = self._manner.witness, self._scope
        block = self._block(reply)
        if witness is not None and not witness.keep_now(scope, reply, self._beginning):
            return False
        self._connection.answer_at_once(block)
        give_back_slot(scope)
        release(scope)
        return True

    def _drive(self, giving: Coroutine[Any, Any, None]) -> None:
        """Run `_give` to its end, or until it waits."""
        try:
            awaited = giving.send(None)
        except StopIteration:
            return
        self._go_on(rest_of(giving, awaited))

    def _go_on(self, giving: Coroutine[Any, Any, None]) -> None:
        """Leave what waits to a task."""
        self._begin()
        self._connection.run(giving)

    def _begin(self) -> RequestResponseCycle:
        """What the protocol, and whoever asks for the connection, take for the request."""
        if self._cycle is None:
            self._cycle = self._connection.begin(self._scope)
            self._take_slot()
            self._scope[SERVER_SEND] = self._cycle.send
        return self._cycle

    def _take_slot(self) -> None:
        if SLOT not in self._scope and self._manner.slots.take_now():
            self._scope[SLOT] = self._manner.slots

    async def receive(self) -> Message:
        """The body, which is empty; then the end of the connection."""
        if self._has_read:
            message: Message = await self._begin().receive()  # type: ignore[assignment]
            return message
        self._has_read = True
        return _NO_BODY

    async def _give(self, request: Request, running: Awaitable[JsonReply]) -> None:
        """Wait for a plan and send its answer, or that to its error."""
        witness = self._manner.witness
        if self._manner.needs_tasks:
            patience.begin()
        try:
            try:
                reply = await running
            except Exception as error:
                reply = await answer_to(request, error)
            await self._send(reply, witness)
        except asyncio.CancelledError as cancelled:
            # The server cancels what is still under way at the end of its grace.
            if witness is not None:
                await witness.keep_broken(self._scope, cancelled, self._beginning)
            cycle = self._begin()
            if cycle.response_started:
                cycle.transport.close()
            else:
                cycle.keep_alive = False
                await self._send(STOPPING, None)
        except Exception as error:
            log.exception("Exception in ASGI application\n", exc_info=error)
            await self._begin().send_500_response()
        finally:
            give_back_slot(self._scope)
            release(self._scope)

    async def _send(self, reply: JsonReply, witness: Witness | None) -> None:
        cycle, rest = self._cycle, None
        if witness is not None:
            if cycle is not None and sends_no_more(self._scope):
                # Once the head has been sent, more may be known about its client.
                block = self._block(reply)
                rest = block[len(block) - len(reply.body) :]
                cycle.response_started = True
                cycle.transport.write(block[: len(block) - len(reply.body)])
                show_end(self._scope)
            is_lost = has_gone(self._scope)
            await witness.keep(self._scope, reply, self._beginning, is_lost=is_lost)
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
