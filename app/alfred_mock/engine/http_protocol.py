"""HTTP/1.1 as real clients speak it: what uvicorn's protocol on httptools leaves to be desired.

- An upgrade that is not taken is ignored (RFC 9110 §7.8). The parser would take the body of such a
  request for another protocol. The only one that is taken is a realtime connection's, to WebSocket.
- White space around header values is not a part of them (RFC 9110 §5.5).
- Heads have a size and a time, bodies a pace; a client that keeps neither is told so.
- What follows a body's last chunk is never taken for headers (RFC 9110 §6.5.1), nor kept.
- A client that has shut its sending side still gets its answer.
- A request that cannot be understood never costs the answer to one before it.
- A client that is still sending when it is answered can read the answer before it is hung up on.
- A server that stops does not wait for requests that wait for something themselves.

One lazy timer a connection replaces uvicorn's timer a request: it fires rarely, and looks whether
the deadline has moved meanwhile.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httptools
from pydantic_core import to_json
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from alfred_mock.core.errors import error_body, phrase_of
from alfred_mock.core.scope_keys import IS_WAITING, STOPS, WEBSOCKET_QUERY
from alfred_mock.engine.client_limits import (
    LINGER_SECONDS,
    LINGERING,
    UNREAD_BYTES,
    Limits,
    probe_when_silent,
)
from alfred_mock.engine.peers import Peers
from alfred_mock.engine.upgrades import is_for_realtime, websocket_protocol
from alfred_mock.engine.write_coalescing import CoalescingTransport

MALFORMED = "Invalid HTTP request received."
_RETRY: dict[int, bytes] = {HTTPStatus.SERVICE_UNAVAILABLE: b"retry-after: 1\r\n"}
_OFFERS = frozenset((b"upgrade", b"http2-settings"))


class _Refused(Exception):
    """Stops the parser within a head."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    limits = Limits()
    peers: Peers | None = None
    """The other workers of the server, if it has several."""
    read_before = b""
    """What another worker has read from the connection."""
    transport: CoalescingTransport  # type: ignore[assignment]
    cycle: RequestResponseCycle | None  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        if self.peers is not None:
            self.peers.protocol = self._taking_over
        self._refusal: tuple[int, str] | None = None
        self._running: RequestResponseCycle | None = None
        self._is_leaving = self._has_body = False
        self._timer: asyncio.TimerHandle | None = None
        self._deadline: float | None = None
        self._in_head = False
        self._head_bytes = self._packet_bytes = self._unread_bytes = self._hosts = 0
        self._bare_bytes = 0
        gathered = CoalescingTransport(transport, self.tasks, self._lingers)
        super().connection_made(gathered)  # type: ignore[arg-type]
        if len(self.connections) > self.limits.connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "The server has too many connections.")
            if len(self.connections) > self.limits.connections + LINGERING:
                self.transport.close()  # to wait for the client would cost the last descriptors
            return
        probe_when_silent(transport.get_extra_info("socket"))
        self._watch(self.timeout_keep_alive)
        if self.read_before:
            self.data_received(self.read_before)

    def _taking_over(self, read_before: bytes) -> "Protocol":
        """The protocol of a connection that another worker has handed over."""
        made = type(self)(self.config, self.server_state, self.app_state)
        made.read_before = read_before
        return made

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection; a client that has reset it is gone like any other."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """The client sends no more; what it has sent in full is still answered.

        An answer that waits for something to happen is not waited for: the client has gone.
        """
        self.transport.peer_is_done = True
        cycle = self._last_whole()
        is_over = cycle is None or cycle.response_complete or cycle.more_body
        if cycle is None or is_over or cycle.scope.get(IS_WAITING):
            self._is_leaving = True
            self.transport.close()  # what is held back is still sent
            return None
        cycle.keep_alive = False
        return True

    def _last_whole(self) -> RequestResponseCycle | None:
        """The last request that has come in full; one that has not, and has to wait, is dropped."""
        cycle = self.cycle
        if cycle is not None and cycle.more_body and self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
            cycle = self.cycle = self.pipeline[0][0] if self.pipeline else self._running
        return cycle

    def data_received(self, data: bytes) -> None:
        """Take in what has come."""
        if self._refusal is not None or self._is_leaving:
            self._discard(len(data))
            return
        if self.peers is not None and self._hand_over_to_peer(self.peers, data):
            return
        self._take_in(data)

    def _hand_over_to_peer(self, peers: Peers, data: bytes) -> bool:
        """Hand a connection at rest over where a request begins that is another worker's."""
        is_at_rest = not self._in_head and (self.cycle is None or self.cycle.response_complete)
        owner = peers.owner_of(data) if is_at_rest and not self._is_receiving() else None
        if owner is None or owner == peers.name:
            return False
        self._deadline = None
        peers.hand_over(self.transport.released(), owner, data, lambda: self._take_in(data))
        return True

    def _take_in(self, data: bytes) -> None:
        self._packet_bytes = len(data)
        self._has_body = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            (offset,) = upgrade.args
            protocol = self._protocol_to_take()
            if protocol is None:
                self._ignore_upgrade(data[offset:])
            else:
                self._hand_over(protocol)
            return
        except httptools.HttpParserError:
            self._refuse(*(self._refusal or (HTTPStatus.BAD_REQUEST, MALFORMED)))
            return
        if self._in_head:
            self._wait_for_head(len(data))
        elif self._is_receiving():
            self._watch(self.limits.body_seconds)
            self._bare_bytes = 0 if self._has_body else self._bare_bytes + len(data)
            if self._bare_bytes > self.limits.head_bytes:
                self._refuse(HTTPStatus.BAD_REQUEST, "The trailers of the request are too large.")

    def _is_receiving(self) -> bool:
        return self.cycle is not None and self.cycle.more_body

    def _awaits_body(self) -> bool:
        """Whether an answer depends on the rest of a body."""
        return self._is_receiving() and not self.cycle.response_complete  # type: ignore[union-attr]

    def _wait_for_head(self, size: int) -> None:
        if not self._head_bytes:
            self._watch(self.limits.head_seconds)
        # Of the first packet, the end of another request may be a part.
        self._head_bytes += size if self._head_bytes else 1
        if self._head_bytes > self.limits.head_bytes:
            self._refuse(*self._too_large())

    def _protocol_to_take(self) -> Callable[..., asyncio.Protocol] | None:
        """What is to speak WebSocket on this connection, None where the offer is ignored."""
        has_answered = self.cycle is None or self.cycle.response_complete
        if (
            not is_for_realtime(self.url)
            or self.parser.get_method() != b"GET"
            or self._get_upgrade() != b"websocket"
            or self._hosts != 1  # it is refused as a request
            or not has_answered
        ):
            return None
        return websocket_protocol()

    def _hand_over(self, protocol: Callable[..., asyncio.Protocol]) -> None:
        """Leave the connection to another protocol, which reads the head again.

        A client sends nothing behind the head before it is answered (RFC 6455 §4.1).
        """
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()
        self.connections.discard(self)
        transport = self.transport.released()
        path, _, query = self.url.partition(b"?")
        # What speaks WebSocket logs the head that it reads, and the query has a secret.
        state = {**self.app_state, WEBSOCKET_QUERY: query}
        taking = protocol(config=self.config, server_state=self.server_state, app_state=state)
        transport.set_protocol(taking)
        taking.connection_made(transport)
        head = [b"GET ", path, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            head += [name, b": ", value, b"\r\n"]
        taking.data_received(b"".join([*head, b"\r\n"]))

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Read the head again without the offer, and what follows it as what it says."""
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/"]
        head += [self.parser.get_http_version().encode(), b"\r\n"]
        for name, value in self.headers:
            if name == b"connection":
                options = [option.strip() for option in value.split(b",")]
                value = b", ".join(option for option in options if option.lower() not in _OFFERS)
            if name not in _OFFERS:
                head += [name, b": ", value, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(b"".join([*head, b"\r\n", rest]))

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = self._hosts = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header, without the white space that may follow its value."""
        if not self._in_head:
            return  # a trailer
        name = name.lower()
        value = value.rstrip(b" \t")
        if name == b"host":
            self._hosts += 1
        elif name == b"transfer-encoding":
            if value.lower() != b"chunked":
                self._stop(HTTPStatus.NOT_IMPLEMENTED, "The only Transfer-Encoding is chunked.")
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Answer the request, unless its head alone says why not."""
        self._in_head = False
        if self.parser.get_method() == b"CONNECT":
            self._stop(HTTPStatus.NOT_IMPLEMENTED, "This server is no proxy.")
        if self.parser.should_upgrade():
            return  # the parser stops here and says where the body begins
        if self._head_bytes or self._packet_bytes > self.limits.head_bytes:
            size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            if size > self.limits.head_bytes:
                self._stop(*self._too_large())
        if self._hosts != 1 and (self._hosts or self.parser.get_http_version() != "1.0"):
            self._stop(HTTPStatus.BAD_REQUEST, "The request must have exactly one Host header.")
        self._unread_bytes = self._bare_bytes = 0
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _too_large(self) -> tuple[int, str]:
        if len(self.url) > self.limits.head_bytes // 2:
            return HTTPStatus.REQUEST_URI_TOO_LONG, "The URL of the request is too long."
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        return status, "The headers of the request are too large."

    def _stop(self, status: int, message: str) -> None:
        self._refusal = status, message
        raise _Refused

    def on_body(self, body: bytes) -> None:
        """Hand over a piece of the body, or throw it away if its request is answered."""
        self._has_body = True
        if self.cycle is not None and self.cycle.response_complete:
            self._discard(len(body))
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """From here on it is the server's turn, which no client can be blamed for."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        cycle = self.cycle
        if cycle is not None and cycle.response_complete:
            cycle.more_body = False
            self._watch(self.timeout_keep_alive)
        else:
            self._deadline = None

    def on_response_complete(self) -> None:
        """Go on with the request that was sent meanwhile, or wait for the next one."""
        self.server_state.total_requests += 1
        if self.transport.is_closing() or self._is_leaving:
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._is_receiving():
            self._watch(self.limits.body_seconds)
        else:
            self._watch(self.timeout_keep_alive)

    def shutdown(self) -> None:
        """End the connection as soon as its request is answered, or at once if it only waits."""
        cycle = self.cycle
        scope: dict[str, Any] = {}
        if cycle is not None and not cycle.response_complete:
            scope = cycle.scope  # type: ignore[assignment]
        if STOPS in scope:
            scope[STOPS].set()
        elif cycle is not None and scope.get(IS_WAITING):
            cycle.disconnected = True
            cycle.message_event.set()
            self.transport.close()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Refuse what uvicorn itself cannot take."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _refuse(self, status: int, message: str) -> None:
        """Say so and hang up, after the answer to what was understood before."""
        self._refusal = status, message
        cycle = self._last_whole()
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body:
                cycle.keep_alive = False
                self._deadline = None
                return
            cycle.disconnected = True
            cycle.waiting_for_100_continue = False
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
        body = to_json(error_body(status, message))
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"%sconnection: close\r\n\r\n%s"
            % (status, phrase_of(status).encode(), len(body), _RETRY.get(status, b""), body)
        )
        self._leave()

    def _leave(self) -> None:
        """Say no more, and close once the client does, or soon."""
        # To close a socket that holds unread bytes is to reset it, and the answer with it.
        self._is_leaving = True
        self.transport.write_eof()
        self._watch(LINGER_SECONDS)

    def _lingers(self) -> bool:
        """Whether the connection is to be closed later: its client is still sending."""
        cycle = self.cycle
        answered = cycle is not None and cycle.more_body and cycle.response_complete
        if self._is_leaving or not (answered or self._refusal):
            return False
        self._leave()
        return True

    def _discard(self, size: int) -> None:
        self._unread_bytes += size
        if self._unread_bytes > UNREAD_BYTES:
            self.transport.close()

    def _watch(self, seconds: float) -> None:
        """Expect something within so many seconds."""
        self._deadline = deadline = self.loop.time() + seconds
        timer = self._timer
        if timer is not None:
            if timer.when() <= deadline:
                return
            timer.cancel()
        self._timer = self.loop.call_at(deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        left = self._deadline - self.loop.time()
        if left > 0 or self.flow.read_paused:
            self._watch(max(left, 1.0))
        elif self._is_leaving or not (self._in_head or self._awaits_body()):
            self.transport.close()
        else:
            what = "head" if self._in_head else "body"
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"The {what} of the request took too long.")
