"""What a receiver is sent: an event in one of two styles.

`docs` is how the documentation shows events: all values are strings. `sdk` is what the types of the
JavaScript client promise: numbers, booleans and null, and the members of the inner object once more
at the top, because client versions read them in either place.
"""

import json
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from alfred_mock.core.clock import SECOND, Instant, to_wire
from alfred_mock.events.catalogue import KINDS, Kind

_OTHER_NAMES = {"file_add_to_job": "file_added_to_job"}
"""Whose documented `event_name` differs from the name of the event (docs)."""
_SCORES = ("classification_score", "confidence")
"""Numbers that the documentation shows with two decimals."""


class Style(StrEnum):
    """How events are written."""

    DOCS = "docs"
    SDK = "sdk"


def channels(name: str) -> tuple[str, ...]:
    """The realtime channels of an event, in the order in which it is sent on them.

    The general one (SDK, both), that of the Python client, that of the JavaScript client.
    """
    return f"{KINDS[name].family}_event", f"{name}_event", f"alfred_event_{name}"


def event_name(name: str, style: str) -> str:
    """What `event_name` says of an event."""
    if style == Style.SDK:
        return f"alfred_event_{name}"
    return f"{_OTHER_NAMES.get(name, name)}_event"


def envelope(event: SimpleNamespace, style: str) -> dict[str, Any]:
    """The object that is sent for a row of `Event`.

    `event_time` is the occurrence by the company's clock, in seconds since the epoch.
    """
    kind = KINDS[event.name]
    fields: dict[str, Any] = json.loads(event.fields_json)
    family = f"{kind.family}_event" if style == Style.SDK else f"{kind.family}_event_type"
    head = {"event_name": event_name(event.name, style), "event_type": family}
    if style == Style.SDK:
        inner = {**head, **fields}
        time: Any = event.occurred_at / SECOND
        outer = {"event_id": event.id, "event_type": family, "event_time": time, "event": inner}
        return {**outer, **{key: value for key, value in inner.items() if key not in outer}}
    known = _documented(kind, fields)
    inner = {**head, **{name: _text(name, value) for name, value in known.items()}}
    time = f"{event.occurred_at / SECOND:.2f}"
    return {"event_id": event.id, "event_type": family, "event_time": time, "event": inner}


def event_date(instant: Instant) -> str:
    """An instant as events show dates: ISO 8601 with `Z`, without which they would be local."""
    return f"{to_wire(instant)}Z"


def _documented(kind: Kind, fields: dict[str, Any]) -> dict[str, Any]:
    only_typed = set(kind.typed_keys) - set(kind.keys)
    return {name: value for name, value in fields.items() if name not in only_typed}


def _text(name: str, value: Any) -> Any:
    """A value as the documentation shows it: text, but for lists, whose members are text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in _SCORES and isinstance(value, int | float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return [_text("", item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)
