"""The protocol of a connection whose plain requests are answered on the fast path.

A head whose bytes were parsed before is not parsed again, and a request on the fast path has no
cycle of uvicorn's unless it waits. From then on it is one like any other: what comes behind it
queues up, a client that goes ends it, and a server that stops waits for it.
"""

import asyncio
from collections.abc import Coroutine
from functools import cached_property
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from alfred_mock.engine.direct_answer import DirectAnswer
from alfred_mock.engine.fast_path import Asked, FastPath, Head, head_of
from alfred_mock.engine.http_protocol import Protocol

_END_OF_HEAD = b"\r\n\r\n"


class FastProtocol(Protocol):
    """One connection."""

    fast_path: FastPath | None = None
    """The application's, if it has one."""

    _cycle: RequestResponseCycle | None = None
    _waiting: DirectAnswer | None = None

    @property  # type: ignore[override]
    def cycle(self) -> RequestResponseCycle | None:
        """The request under way, or the last one; one that waits has none before it is asked for.

        So whatever happens meanwhile finds a request like any other.
        """
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting.become_a_task()
        return self._cycle

    @cycle.setter
    def cycle(self, cycle: RequestResponseCycle | None) -> None:
        self._cycle = cycle

    def waits_for(self, answer: DirectAnswer | None) -> None:
        """Let an answer wait without a cycle, until somebody asks for one."""
        self._waiting = answer
        self._deadline = None

    @cached_property
    def base_scope(self) -> Scope:
        """What the scopes of all its requests have alike."""
        return {
            "type": "http",
            "asgi": {"version": self.config.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": "",
        }

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        self.fast_path = None if self.root_path else getattr(self.app, "fast_path", None)
        self._asked: tuple[Asked, Head] | None = None
        self._answered: tuple[bytes, Head] | None = None
        self._ends_in_head = False
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Answer a request whose head is known, and learn that of any other."""
        fast_path = self.fast_path
        if fast_path is None or self._in_head or not self._is_idle():
            super().data_received(data)
            return
        line, _, lines = data.partition(b"\r\n")
        head = fast_path.known(lines)
        asked = None if head is None else fast_path.asked_by(line)
        if head and asked and fast_path.answer(self, asked, head):
            return
        self._answered = None
        super().data_received(data)
        # Only what was the whole packet: a head may look like another one from its middle on.
        if self._answered is not None and self._answered[0] == line:
            fast_path.learn(lines, self._answered[1])

    def _is_idle(self) -> bool:
        """Whether an answer could leave at once, and would be the next one."""
        return (
            self._is_at_rest()
            and self._refusal is None
            and not self._is_leaving
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _is_receiving(self) -> bool:
        # A request that waits here has no body, and need not be asked for.
        return self._waiting is None and super()._is_receiving()

    def _take_in(self, data: bytes) -> None:
        self._ends_in_head = data.find(_END_OF_HEAD) == len(data) - len(_END_OF_HEAD)
        super()._take_in(data)

    def _start(self) -> None:
        """Leave a request to the fast path, if nothing follows it and it can be answered there."""
        self._asked = None
        if self.fast_path is not None and self._ends_in_head and self._is_idle():
            is_usual = self.parser.get_http_version() == "1.1" and self.parser.should_keep_alive()
            head = head_of(self.headers) if is_usual else None
            asked = None if head is None else self.fast_path.asked_by(self._line())
            if head is not None and asked is not None:
                self._asked = asked, head
                return
        super()._start()

    def _line(self) -> bytes:
        return b"%b %b HTTP/1.1" % (self.parser.get_method(), self.url)

    def on_message_complete(self) -> None:
        """Answer what was left to the fast path."""
        if self._asked is not None and self.fast_path is not None:
            (asked, head), self._asked = self._asked, None
            if self.fast_path.answer(self, asked, head):
                self._answered = self._line(), head
                return
            super()._start()  # the server is busy
        super().on_message_complete()

    def begin(self, scope: Scope) -> RequestResponseCycle:
        """From here on a request is one like any other."""
        self._deadline = None
        self.cycle = self._running = cycle = RequestResponseCycle(
            scope=scope,  # type: ignore[arg-type]
            transport=self.transport,  # type: ignore[arg-type]
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        cycle.more_body = False
        return cycle

    def run(self, giving: Coroutine[Any, Any, None]) -> None:
        """Go on with an answer that has to wait."""
        task = self.loop.create_task(giving)
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def answer_at_once(self, block: bytes) -> None:
        """Send the answer to a request that did not have to wait."""
        self.transport.write_whole(block)
        self.server_state.total_requests += 1
        self._watch(self.timeout_keep_alive)

    def answer_later(self, cycle: RequestResponseCycle, block: bytes) -> None:
        """Send the answer, or the rest of it, to one that has begun."""
        self.transport.write_whole(block)
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
