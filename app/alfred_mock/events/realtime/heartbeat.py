"""How a client and the server know of each other that they are there."""

from typing import NamedTuple


class Heartbeat(NamedTuple):
    """How often a client has to show that it is there, in seconds; as Socket.IO's own server."""

    interval: float = 25.0
    timeout: float = 20.0
