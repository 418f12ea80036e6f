"""Something between a client and PostgreSQL that counts what the client says."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_SILENCE_SECONDS = 0.1
_STARTUP = 196_608
"""The protocol's version 3.0; other messages without a type ask for encryption."""
_STATEMENTS = b"EQ"
"""Execute, and Query, which is all of it in one."""
_AWAITED = b"SQH"
"""Sync, Query and Flush: what makes PostgreSQL answer, and a client wait."""


class Relay:
    """Passes connections on to a database, and counts."""

    def __init__(self, url: str) -> None:
        self._path, self._host, self._port = place_of(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        parts = urlsplit(url)
        who = parts.netloc.rpartition("@")[0] or "postgres"
        self.url = f"postgresql://{who}@127.0.0.1:{port}{parts.path}?sslmode=disable"
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

    def accept(self) -> None:
        """Serve connections until the relay is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = self._connect()
                for one in (client, server):
                    if one.family == socket.AF_INET:  # small messages must not wait for others
                        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for work in (self._count, self._pass_on):
                    threading.Thread(target=work, args=(client, server), daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _connect(self) -> socket.socket:
        if self._path is None:
            return socket.create_connection((self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._path))
        return server

    def _count(self, client: socket.socket, server: socket.socket) -> None:
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

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while answer := server.recv(65_536):
                client.sendall(answer)
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def counting(url: str) -> Iterator[Relay]:
    """A relay before the database at this URL."""
    relay = Relay(url)
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
