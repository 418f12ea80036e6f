"""The servers of a run of pytest: one for all tests that want the same settings."""

import json
from collections.abc import Mapping
from typing import Any

from alfred_mock.testing.hub import HubAddress, SharedServer
from alfred_mock.testing.server import AlfredMock, AlfredServer

_OF_ONE_PROCESS = ("from_environment", "ids_seed")
"""Settings whose server is not shared with other processes.

Each process has an environment of its own, and ids come in the same order only if one asks.
"""


class ServerPool:
    """Starts each server when it is first asked for; all go on until the end."""

    def __init__(
        self, *, elsewhere: AlfredServer | None = None, hub: HubAddress | None = None
    ) -> None:
        """Without a server elsewhere, those behind the hub are preferred to own ones."""
        self.elsewhere = elsewhere
        self._hub = hub
        self._servers: dict[str, AlfredServer] = {}

    def __call__(self, **settings: Any) -> AlfredServer:
        """The server with these settings, or the one elsewhere, whose settings are its own.

        Raises:
            StartError: it cannot start, and says why.
        """
        if self.elsewhere is not None:
            return self.elsewhere
        key = json.dumps(settings, sort_keys=True, default=repr)
        if key not in self._servers:
            self._servers[key] = self._start(settings)
        return self._servers[key]

    def close(self) -> None:
        """End those that were started here."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    def _start(self, settings: Mapping[str, Any]) -> AlfredServer:
        shareable = self._hub is not None and not any(map(settings.get, _OF_ONE_PROCESS))
        if self._hub is not None and shareable:
            try:
                text = json.dumps(settings, default=_text_of_path)
            except TypeError:
                return AlfredMock(**settings)
            return SharedServer(self._hub, json.loads(text))
        return AlfredMock(**settings)


def _text_of_path(value: Any) -> str:
    if hasattr(value, "__fspath__"):
        return str(value)
    raise TypeError
