"""Fault rules: requests that fail because a test wants them to."""

from collections.abc import Mapping
from typing import Any

from alfred_mock.testing.control_client import ControlClient

EffectJson = Mapping[str, Any]
"""An effect on a request, as the control API writes it: `{"status": 503}`."""


class Fault:
    """A rule that is in force until it is exhausted or cleared."""

    def __init__(self, control: ControlClient, shown: Mapping[str, Any]) -> None:
        self.id: str = shown["id"]
        self._company: str | None = shown.get("company")
        self._control = control

    @property
    def remaining(self) -> int | None:
        """How often it still applies; None until it is cleared, and 0 once it was."""
        shown = self._shown()
        return shown["remaining"] if shown else 0

    @property
    def seen(self) -> int:
        """How many requests it has matched; 0 once it was cleared."""
        return int(self._shown().get("seen", 0))

    @property
    def fired(self) -> int:
        """How many of those had the effect; 0 once it was cleared."""
        return int(self._shown().get("fired", 0))

    def clear(self) -> None:
        """End it."""
        self._control.call("DELETE", "faults", self.id)

    def _shown(self) -> Mapping[str, Any]:
        answer = self._control.call("GET", "faults", query={"company": self._company})
        return next((rule for rule in answer["faults"] if rule["id"] == self.id), {})


def effect_of(short: EffectJson | int | None) -> EffectJson | None:
    """The effect that an item of a sequence stands for; an integer is a status."""
    return {"status": short} if isinstance(short, int) else short
