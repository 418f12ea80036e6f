"""How much a client may take of a connection, and how long its silence is believed."""

import socket
from contextlib import suppress
from typing import Any, NamedTuple

UNREAD_BYTES = 8_388_608
"""What may still come of a body that was answered before its end; it is thrown away."""
LINGER_SECONDS = 2.0
"""How long such a client may go on sending, so that it can read its answer."""
_PROBES = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""After two minutes of silence from its machine, a connection is dead (seconds, seconds, times)."""


class Limits(NamedTuple):
    """What a client may take of a connection."""

    head_bytes: int = 65_536
    head_seconds: float = 20.0
    """From a head's first byte to its last."""
    body_seconds: float = 30.0
    """Between two pieces of a body."""
    connections: int = 1_000_000
    """So many at a time in each process."""


def probe_when_silent(connection: Any) -> None:
    """Have the system find out when the client's machine is gone."""
    if connection is None or connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    with suppress(OSError):  # some systems refuse where the client has gone already
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _PROBES.items():
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


LINGERING = 50
"""So many connections beyond the limit may wait until their client has read why it is refused."""
RESERVED_DESCRIPTORS = 100
"""For the database, the listener, logs and what else is open all the time."""
FEWEST_DESCRIPTORS = 256
"""With fewer, nothing would be left for clients."""


def descriptors() -> int | None:
    """How many files and sockets this process may open, once it has asked for all it can get.

    None where the system does not say.
    """
    try:
        import resource
    except ImportError:  # Windows
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # macOS says no limit and means another
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return None if soft == resource.RLIM_INFINITY else soft
