"""Fault rules: requests that fail because a test wants them to."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from alfred_mock.control_client import ControlClient

EffectJson = Mapping[str, Any]
"""An effect on a request, as the control API writes it: `{"status": 503}`."""


_SHOWN_CHARACTERS = 200
_WHAT_AND_HOW_OFTEN = ("effect", "sequence", "times", "every", "percentage")


class Fault:
    """A rule that is in force until it is exhausted or cleared."""

    def __init__(self, control: ControlClient, shown: Mapping[str, Any]) -> None:
        self.id: str = shown["id"]
        self._company: str | None = shown.get("company")
        self._control = control
        self._described = describe(shown)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}: {self._described}>"

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
    if isinstance(short, int):
        return {"status": short}
    content = None if short is None else short.get("content")
    if short is None or not isinstance(content, bytes | bytearray):
        return short
    others = {name: value for name, value in short.items() if name != "content"}
    return {**others, "content_base64": b64encode(content).decode()}


def describe(shown: Mapping[str, Any]) -> str:
    """Which requests a rule is for, and what happens to them."""
    match = shown.get("match", {})
    words = [match.get("method", "any method"), match.get("path", "any path")]
    words += [f"{name}: {glob}" for name, glob in match.get("header", {}).items()]
    does = {name: shown[name] for name in _WHAT_AND_HOW_OFTEN if name in shown}
    return f"{' '.join(words)} -> {json.dumps(does)[:_SHOWN_CHARACTERS]}"
