"""Something between a client and PostgreSQL: it counts what the client says, or lets it down."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

_CHUNK = 65_536
_SILENCE_SECONDS = 0.1
_STARTUP = 196_608
"""The protocol's version 3.0; other messages without a type ask for encryption."""
_STATEMENTS = b"EQ"
"""Execute, and Query, which is all of it in one."""
_AWAITED = b"SQH"
"""Sync, Query and Flush: what makes PostgreSQL answer, and a client wait."""


class Relay:
    """Passes connections on to a database."""

    def __init__(self, url: str) -> None:
        """`url` leads to the database directly."""
        self._path, self._host, self._port = place_of(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        parts = urlsplit(url)
        who = parts.netloc.rpartition("@")[0] or "postgres"
        self.url = f"postgresql://{who}@127.0.0.1:{self.port}{parts.path}?sslmode=disable"
        """The same database by way of the relay; TLS would hide what is said."""

    def accept(self) -> None:
        """Serve connections until the relay is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._serve(client)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, client: socket.socket) -> None:
        server = self._connect()
        for one in (client, server):
            if one.family == socket.AF_INET:  # small messages must not wait for others
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for work in (self._ask, self._answer):
            threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _connect(self) -> socket.socket:
        if self._path is None:
            return socket.create_connection((self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._path))
        return server

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError), client, server:
            self._pass_on(client, server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            self._pass_on(server, client)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(_CHUNK):
                self._wait()
                target.sendall(data)
        finally:  # also for a client that was killed, and so has reset the connection
            self._wait()
            target.shutdown(socket.SHUT_RDWR)

    def _wait(self) -> None:
        """Until what has come may be passed on: at once."""


class CountingRelay(Relay):
    """Counts statements and round trips."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.messages: Counter[int] = Counter()

    @property
    def statements(self) -> int:
        """How many statements were run so far."""
        return sum(self.messages[kind] for kind in _STATEMENTS)

    @property
    def round_trips(self) -> int:
        """How often an answer was waited for so far."""
        return sum(self.messages[kind] for kind in _AWAITED)

    def settle(self) -> None:
        """Wait until nothing more is said."""
        said = -1
        while said != self.messages.total():
            said = self.messages.total()
            time.sleep(_SILENCE_SECONDS)

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        has_started, source = False, client.makefile("rb")
        with suppress(OSError), client, server:
            while head := source.read(5 if has_started else 4):
                size = int.from_bytes(head[-4:], "big") - 4
                rest = source.read(size)
                server.sendall(head + rest)
                if has_started:
                    self.messages[head[0]] += 1
                has_started = has_started or int.from_bytes(rest[:4], "big") == _STARTUP
            server.shutdown(socket.SHUT_RDWR)


class UnreliableRelay(Relay):
    """Can stop to pass anything on, as a network does that swallows packets, or cut all off."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._flows = _set_event()
        self._abandoned: list[threading.Event] = []
        self._of_thread = threading.local()
        self._is_cut = False
        self._ends: list[socket.socket] = []

    def hang(self) -> None:
        """Pass nothing on, and end nothing."""
        self._flows.clear()

    def cut(self) -> None:
        """End all connections, and refuse new ones."""
        self._is_cut = True
        ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        """Pass nothing more on for those who are connected, not even that they end."""
        self._flows.clear()
        self._abandoned.append(self._flows)
        self._flows = _set_event()

    def mend(self) -> None:
        """Pass everything on again, also what came meanwhile."""
        self._is_cut = False
        self._flows.set()

    def close(self) -> None:
        """End everything."""
        super().close()
        for flows in (self._flows, *self._abandoned):
            flows.set()
        self.cut()

    def _serve(self, client: socket.socket) -> None:
        if self._is_cut:
            client.close()
        else:
            super()._serve(client)

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        self._ends += client, server
        super()._ask(client, server)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        self._of_thread.flows = self._flows
        super()._pass_on(source, target)

    def _wait(self) -> None:
        self._of_thread.flows.wait()


def _set_event() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


R = TypeVar("R", bound=Relay)


@contextmanager
def relaying(relay: R) -> Iterator[R]:
    """A relay at work."""
    threading.Thread(target=relay.accept, daemon=True).start()
    try:
        yield relay
    finally:
        relay.close()


def place_of(url: str) -> tuple[Path | None, str, int]:
    """The socket file, if there is one, or host and port of the database at this URL."""
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    port = parts.port or 5432
    return Path(host) / f".s.PGSQL.{port}" if host.startswith("/") else None, host, port
