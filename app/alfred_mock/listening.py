"""The sockets that the server listens on: made before anything else, or refused in one sentence.

They listen from the beginning. Two servers that start at once would otherwise both bind, and one
would find out only after it has made its database.
"""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Settings

BACKLOG = 2048
_LONGEST_PATH = 107
_CONNECT_SECONDS = 2


@contextmanager
def listening(settings: Settings) -> Iterator[list[socket.socket]]:
    """The sockets; all are closed afterwards, and a socket's file is gone.

    Raises:
        Refusal: they cannot be made, or another server has them.
    """
    path = settings.uds
    sockets = _at_port(settings.host, settings.port) if path is None else [_at_path(path)]
    made = _identity(path)
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()
        # Another server may have put its own there in the meantime.
        if path is not None and _identity(path) == made:
            with suppress(OSError):
                path.unlink()


@contextmanager
def listening_at(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Sockets for each address of a host; all are closed afterwards.

    Raises:
        Refusal: they cannot be made, or another server has them.
    """
    sockets = _at_port(host, port)
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()


def _identity(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _at_port(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of the host, all with the same port."""
    sockets: list[socket.socket] = []
    problem: OSError | None = None
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise Refusal(f"cannot listen on {host}: {_reason(error)}") from None
    for family, kind, protocol, _, address in dict.fromkeys(found):
        made = None
        try:
            made = socket.socket(family, kind, protocol)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            chosen = sockets[0].getsockname()[1] if sockets else port
            made.bind((address[0], chosen, *address[2:]))
            made.listen(BACKLOG)
            sockets.append(made)
        except OSError as error:
            if made is not None:
                made.close()
            problem = problem or error
            if isinstance(error, PermissionError) or error.errno == errno.EADDRINUSE:
                break
    in_use = problem is not None and problem.errno == errno.EADDRINUSE
    if problem is not None and (in_use or not sockets):
        for each in sockets:
            each.close()
        raise Refusal(f"cannot listen on {host}:{port}: {_reason(problem)}")
    return sockets


def _at_path(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise Refusal(f"cannot make the socket {path}: more than {_LONGEST_PATH} bytes long")
    _make_way(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(str(path))
        path.chmod(0o600)  # before anybody can connect: it is its owner's only
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        missing = "there is no such folder" if isinstance(error, FileNotFoundError) else ""
        raise Refusal(f"cannot make the socket {path}: {missing or _reason(error)}") from None
    return made


def _make_way(path: Path) -> None:
    """Remove a socket that a server which was killed has left behind."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise Refusal(f"cannot make the socket {path}: {_reason(error)}") from None
    if not stat.S_ISSOCK(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a file"
        raise Refusal(f"cannot make the socket {path}: {what} is there, which is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_CONNECT_SECONDS)
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise Refusal(f"cannot make the socket {path}: {_reason(error)}") from None
        else:
            raise Refusal(f"cannot make the socket {path}: another server listens on it")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
