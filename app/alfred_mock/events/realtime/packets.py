"""Packets: Engine.IO's carry Socket.IO's.

An Engine.IO packet is a digit and its data. Packets that share a body are separated. The data of a
message is a Socket.IO packet: a digit, the namespace if it is not the default one, and JSON.
"""

from enum import StrEnum
from typing import Any, NamedTuple

from pydantic_core import to_json

from alfred_mock.engine.upgrades import MOST_WEBSOCKET_BYTES

MOST_BYTES = MOST_WEBSOCKET_BYTES
"""What a client may send at once, by polling too."""
SEPARATOR = "\x1e"
DEFAULT_NAMESPACE = "/"

PING = "2"
NOOP = "6"
PROBE, PROBED, UPGRADE = "2probe", "3probe", "5"
DISCONNECT = "41"
"""The server's good-bye to the default namespace; a client does not connect again by itself."""


class Kind(StrEnum):
    """What an Engine.IO packet that a client may send is."""

    CLOSE = "1"
    PONG = "3"
    MESSAGE = "4"


class Malformed(ValueError):
    """What a client has sent is no packet."""


class Said(NamedTuple):
    """What a client says in a Socket.IO packet; events and acknowledgements are not looked at."""

    connects: bool
    disconnects: bool
    namespace: str


def opening(connection_id: str, upgrades: list[str], interval_ms: int, timeout_ms: int) -> str:
    """The first packet of a connection."""
    return "0" + _json(
        {
            "sid": connection_id,
            "upgrades": upgrades,
            "pingInterval": interval_ms,
            "pingTimeout": timeout_ms,
            "maxPayload": MOST_BYTES,
        }
    )


def connected(socket_id: str) -> str:
    """The answer to a client that may listen."""
    return "40" + _json({"sid": socket_id})


def refused(message: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """The answer to a client that may not."""
    place = "" if namespace == DEFAULT_NAMESPACE else f"{namespace},"
    return f"44{place}" + _json({"message": message})


def events(channels: tuple[str, ...], payload: dict[str, Any]) -> list[str]:
    """One payload on several channels; it is serialised once."""
    data = _json(payload)
    return [f'42["{channel}",{data}]' for channel in channels]


def parse(packet: str) -> tuple[Kind, str]:
    """The kind of a packet and its data.

    Raises:
        Malformed: it is none that a client sends here.
    """
    try:
        return Kind(packet[:1]), packet[1:]
    except ValueError:
        raise Malformed from None


def parse_message(data: str) -> Said:
    """What the data of a message says.

    Raises:
        Malformed: it is no Socket.IO packet.
    """
    kind, rest = data[:1], data[1:]
    if not kind or kind not in "0123456":
        raise Malformed
    namespace = rest.partition(",")[0].partition("?")[0] if rest[:1] == "/" else DEFAULT_NAMESPACE
    return Said(kind == "0", kind == "1", namespace)


def _json(value: dict[str, Any]) -> str:
    return to_json(value).decode()
