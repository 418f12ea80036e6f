"""Fault rules: requests that fail because a test wants them to."""

from collections.abc import Mapping, Sequence
from typing import Any

from alfred_mock.testing.control_client import ControlClient, given

Effect = Mapping[str, Any]
"""What happens to a request, as the control API writes it: `{"status": 503}`."""


class Fault:
    """A rule that is in force until it is exhausted or cleared."""

    def __init__(self, control: ControlClient, shown: Mapping[str, Any]) -> None:
        self.id: str = shown["id"]
        self._company: str | None = shown.get("company")
        self._control = control

    @property
    def remaining(self) -> int | None:
        """How often it still applies; None is until it is cleared, and 0 once it was."""
        shown = self._shown()
        return shown["remaining"] if shown else 0

    @property
    def seen(self) -> int:
        """How many requests it has matched; 0 once it was cleared."""
        return int(self._shown().get("seen", 0))

    @property
    def fired(self) -> int:
        """How many of those something happened to; 0 once it was cleared."""
        return int(self._shown().get("fired", 0))

    def clear(self) -> None:
        """End it."""
        self._control.call("DELETE", "faults", self.id)

    def _shown(self) -> Mapping[str, Any]:
        answer = self._control.call("GET", "faults", query={"company": self._company})
        return next((rule for rule in answer["faults"] if rule["id"] == self.id), {})


def make_fault(
    control: ControlClient,
    company_id: str | None,
    match: Mapping[str, Any],
    effect: Effect,
    sequence: Sequence[Effect | int | None] | None,
    how_often: Mapping[str, Any],
) -> Fault:
    """Have the server follow a rule from now on; what is None is left to the server."""
    rule = {
        "company": company_id,
        "match": given(match),
        "effect": given(effect) or None,
        "sequence": None if sequence is None else [_effect(item) for item in sequence],
        **how_often,
    }
    return Fault(control, control.call("POST", "faults", body=given(rule)))


def _effect(short: Effect | int | None) -> Effect | None:
    return {"status": short} if isinstance(short, int) else short
