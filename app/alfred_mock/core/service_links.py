"""Variables that Kubernetes sets by itself for a Service that is called like this server.

For a Service `alfred-mock` every Pod of the namespace gets `ALFRED_MOCK_PORT=tcp://10.0.0.1:8000`,
`ALFRED_MOCK_SERVICE_HOST` and more. Nobody has written them, so they are no mistake either.
"""

import re
from collections.abc import Mapping

_NAME = re.compile(
    r"ALFRED_MOCK_(?:[A-Z0-9_]+_)??"
    r"(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?"
    r"|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
)
_PORT = re.compile(r"ALFRED_MOCK_(?:[A-Z0-9_]+_)?PORT")
_URL = re.compile(r"(?:tcp|udp|sctp)://\S+")


def service_links(environment: Mapping[str, str | None]) -> set[str]:
    """The names of these variables."""
    return {
        name
        for name, value in environment.items()
        if _NAME.fullmatch(name) or (_PORT.fullmatch(name) and _URL.fullmatch(value or ""))
    }
