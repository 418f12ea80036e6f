"""The way from the servers to PostgreSQL, which can hang or be cut."""

import contextlib
import selectors
import socket
import threading
from urllib.parse import parse_qs, urlsplit

_CHUNK = 65_536


class Way:
    """Passes bytes on between a port of this machine and PostgreSQL."""

    def __init__(self, url: str) -> None:
        """`url` leads to PostgreSQL directly."""
        parts = urlsplit(url)
        folder = parse_qs(parts.query).get("host", [""])[0]
        port = parts.port or 5432
        self._target: str | tuple[str, int] = (parts.hostname or "127.0.0.1", port)
        if folder.startswith("/"):
            self._target = f"{folder}/.s.PGSQL.{port}"
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._flows = threading.Event()
        self._flows.set()
        self._is_cut = False
        self._is_closed = False
        self._ends: set[socket.socket] = set()

    def open(self) -> None:
        """Begin to take connections."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End everything."""
        self._is_closed = True
        self._flows.set()
        self._listening.close()
        self._end_all()

    def hang(self) -> None:
        """Pass nothing on, and end nothing, as a network does that swallows packets."""
        self._flows.clear()

    def cut(self) -> None:
        """End all connections, and refuse new ones."""
        self._is_cut = True
        self._end_all()

    def mend(self) -> None:
        """Pass everything on again."""
        self._is_cut = False
        self._flows.set()

    def _end_all(self) -> None:
        for end in list(self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                here, _ = self._listening.accept()
            except OSError:
                return
            if self._is_cut:
                here.close()
                continue
            threading.Thread(target=self._serve, args=[here], daemon=True).start()

    def _serve(self, here: socket.socket) -> None:
        family = socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET
        there = socket.socket(family)
        with here, there, selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
            there.connect(self._target)
            self._ends |= {here, there}
            selector.register(here, selectors.EVENT_READ, there)
            selector.register(there, selectors.EVENT_READ, here)
            while True:
                for key, _ in selector.select():
                    data = key.fileobj.recv(_CHUNK)  # type: ignore[union-attr]
                    if not data:
                        return
                    self._flows.wait()
                    key.data.sendall(data)
        self._ends -= {here, there}
