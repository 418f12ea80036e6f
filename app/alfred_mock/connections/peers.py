"""Workers of one server, which hand connections over to each other.

The packets of a realtime connection come in many requests, but only the worker that has opened it
knows it. The workers share one socket, so that no balancer can send a client to the right one. So a
worker that a request comes to hands the whole connection over: the descriptor, and what was read
from it. From there on the other worker serves it as its own.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("alfred_mock")

NAME_LETTERS = 16
SEPARATOR = b"."
"""Ends the worker's name in an id of a connection."""
_HEXADECIMAL = frozenset(b"0123456789abcdef")
_STARTS = (b"GET /socket.io/?", b"POST /socket.io/?")
_SID = b"sid="
_MOST_BYTES = 1_048_576
_RETRY_SECONDS = 0.005
_MOST_RETRIES = 200

Factory = Callable[[bytes], asyncio.Protocol]
"""Makes the protocol of a connection from which this was read before."""


class Peers:
    """This worker among all workers of its server."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the same for all of them, and nobody else's."""
        self.name = secrets.token_hex(NAME_LETTERS // 2)
        self.protocol: Factory | None = None
        """Known once there was a connection."""
        self._folder = folder
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Begin to take over connections; to be called on the event loop."""
        made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        made.setblocking(False)
        try:
            made.bind(str(self._folder / self.name))
        except OSError as error:  # the path is too long, or nothing can be made there
            made.close()
            log.warning("realtime connections need a single worker: %s", error)
            return
        self._socket = made
        asyncio.get_running_loop().add_reader(made, self._take_over)

    def close(self) -> None:
        """Take over no more."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            with suppress(OSError):
                (self._folder / self.name).unlink()

    def owner_of(self, data: bytes) -> str | None:
        """The worker that a request is for, by its first bytes; None where it is for any."""
        if not data.startswith(_STARTS):
            return None
        query = data.partition(b"\r\n")[0].partition(b"?")[2].partition(b" ")[0]
        for parameter in query.split(b"&"):
            name, dot, _ = parameter.removeprefix(_SID).partition(SEPARATOR)
            if parameter.startswith(_SID) and dot and len(name) == NAME_LETTERS:
                return name.decode() if _HEXADECIMAL.issuperset(name) else None
        return None

    def hand_over(
        self, transport: asyncio.Transport, owner: str, data: bytes, refused: Callable[[], None]
    ) -> None:
        """Hand a connection over, or call `refused` where there is no such worker."""
        transport.pause_reading()
        task = asyncio.get_running_loop().create_task(
            self._hand_over(transport, owner, data, refused)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hand_over(
        self, transport: asyncio.Transport, owner: str, data: bytes, refused: Callable[[], None]
    ) -> None:
        descriptor = transport.get_extra_info("socket").fileno()
        for _ in range(_MOST_RETRIES):
            if transport.is_closing():
                return
            try:
                self._send(owner, data, descriptor)
            except BlockingIOError:  # it has others to take first
                await asyncio.sleep(_RETRY_SECONDS)
            except OSError:  # it has gone
                break
            else:
                transport.abort()  # closes only our descriptor
                return
        transport.resume_reading()
        refused()

    def _send(self, owner: str, data: bytes, descriptor: int) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
            sending.setblocking(False)
            sending.connect(str(self._folder / owner))
            socket.send_fds(sending, [data], [descriptor])

    def _take_over(self) -> None:
        assert self._socket is not None  # noqa: S101 - it is what has been read
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._socket, _MOST_BYTES, 1)
            except OSError:
                return
            for descriptor in descriptors:
                task = asyncio.get_running_loop().create_task(self._serve(descriptor, data))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _serve(self, descriptor: int, data: bytes) -> None:
        protocol = self.protocol
        if protocol is None:
            os.close(descriptor)
            return
        taken = socket.socket(fileno=descriptor)
        taken.setblocking(False)
        with suppress(OSError):  # the client has gone meanwhile
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(lambda: protocol(data), taken)
