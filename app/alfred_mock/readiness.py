"""Asks a running server whether it is ready, without importing any of it."""

import http.client
import json
import time

from alfred_mock.control_client import UnixConnection, reachable
from alfred_mock.core.settings import Settings

_ONE_ANSWER_SECONDS = 5.0
_PAUSE_SECONDS = 0.1


def ask(settings: Settings, *, timeout: float | None) -> str | None:
    """Why the server is not ready, None if it is; asks again for `timeout` seconds if given."""
    deadline = time.monotonic() + (timeout or 0)
    while True:
        left = deadline - time.monotonic()
        problem = _ask_once(settings, min(max(left, 1.0), _ONE_ANSWER_SECONDS))
        if problem is None or left <= _PAUSE_SECONDS:
            return problem
        time.sleep(_PAUSE_SECONDS)


def _ask_once(settings: Settings, timeout: float) -> str | None:
    if settings.uds is not None:
        connection: http.client.HTTPConnection = UnixConnection(str(settings.uds), timeout)
    else:
        host = reachable(settings.host)
        connection = http.client.HTTPConnection(host, settings.port, timeout=timeout)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    if answer.status == 200:
        return None
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return f"it answered {answer.status}"
