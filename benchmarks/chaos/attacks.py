"""Clients that mean no good, or are only very slow."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_HEAD = b"POST /api/deferred/create HTTP/1.1\r\nHost: x\r\n"
_DRIP_SECONDS = 0.5


def _slow_head(connection: socket.socket, ended: threading.Event) -> None:
    connection.sendall(_HEAD)
    while not ended.wait(_DRIP_SECONDS):
        connection.sendall(b"X-Slow: 1\r\n")


def _endless_body(connection: socket.socket, ended: threading.Event) -> None:
    connection.sendall(
        b"POST /api/file/uploadfile HTTP/1.1\r\nHost: x\r\n"
        b"X-TagshelfAPI-Key: alfred-mock-demo-key\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    while not ended.wait(_DRIP_SECONDS):
        connection.sendall(b"10\r\n" + b"x" * 16 + b"\r\n")


def _large_head(connection: socket.socket, ended: threading.Event) -> None:
    connection.sendall(_HEAD + b"X-Large: ")
    piece = b"x" * 1_000_000
    for _ in range(100):
        if ended.is_set():
            break
        connection.sendall(piece)


def _idle(connection: socket.socket, ended: threading.Event) -> None:
    ended.wait()


_ATTACKS: dict[str, tuple[int, Callable[[socket.socket, threading.Event], None]]] = {
    "slow heads": (500, _slow_head),
    "endless bodies": (100, _endless_body),
    "large heads": (4, _large_head),
    "idle connections": (2_000, _idle),
}


@contextmanager
def attack(how: str, port: int) -> Iterator[None]:
    """Attack the server at this port in one of the ways until the end."""
    count, happens = _ATTACKS[how]
    ended = threading.Event()
    if how == "idle connections":
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            yield
        return

    def run() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as one:
                happens(one, ended)
            ended.wait(_DRIP_SECONDS)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(5)
