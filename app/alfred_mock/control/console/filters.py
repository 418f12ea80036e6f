"""Filters of the templates: how values are written for a reader."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import phrase_of

_SHORTEST_SECONDS = 1_000
_LONG_MS = 10


def _clock_time(instant: Instant) -> str:
    """The time of the day, UTC, with milliseconds."""
    moment = datetime.fromtimestamp(instant / 1_000, UTC)
    return f"{moment:%H:%M:%S}.{instant % 1_000:03}"


def _day_time(moment: Instant | str) -> str:
    """The day and the time of the day, UTC, to the second: of an instant, or of a date as shown."""
    if isinstance(moment, str):
        return moment[:19].replace("T", " ")
    return f"{datetime.fromtimestamp(moment / 1_000, UTC):%Y-%m-%d %H:%M:%S}"


def _iso(instant: Instant) -> str:
    """What `datetime` of a `<time>` has."""
    return f"{datetime.fromtimestamp(instant / 1_000, UTC):%Y-%m-%dT%H:%M:%S}.{instant % 1_000:03}Z"


def _duration(milliseconds: float) -> str:
    """A duration in the unit in which it is read most easily."""
    if milliseconds >= _SHORTEST_SECONDS:
        return f"{milliseconds / 1_000:.2f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= _LONG_MS else f"{milliseconds:.1f} ms"


def _span(seconds: float) -> str:
    """A long duration, in days, hours, minutes and seconds."""
    left, words = round(seconds), []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, length)
        if count:
            words.append(f"{count} {unit}")
    return " ".join(words) or f"{seconds:g} s"


def _status_class(status: int) -> str:
    """The name of a class of style sheet: `s2` for 200, `s0` for an answer that was cut off."""
    return f"s{status // 100}"


def _size(count: int) -> str:
    """A number of bytes."""
    if count < 1_024:
        return f"{count} B"
    kibibytes = count / 1_024
    return f"{kibibytes:.1f} KiB" if kibibytes < 1_024 else f"{kibibytes / 1_024:.1f} MiB"


def _phrase(status: int) -> str:
    """The reason phrase of a status, nothing where it has none."""
    try:
        return phrase_of(status)
    except ValueError:
        return ""


def _fault_effect(fault: str) -> str:
    """What a fault has done, without the id of its rule."""
    return fault.partition(": ")[2] or fault


def _json_text(value: Any) -> str:
    """A value without members as JSON."""
    return json.dumps(value, ensure_ascii=False)


def _json_lines(value: Any) -> str:
    """A value as JSON of several lines."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _json_class(value: Any) -> str:
    """The name of a class of the style sheet, by the kind of the value."""
    if isinstance(value, str):
        return "string"
    return "word" if value is None or isinstance(value, bool) else "number"


FILTERS: dict[str, Callable[..., Any]] = {
    "clock_time": _clock_time,
    "day_time": _day_time,
    "iso": _iso,
    "duration": _duration,
    "span": _span,
    "status_class": _status_class,
    "size": _size,
    "phrase": _phrase,
    "fault_effect": _fault_effect,
    "json_text": _json_text,
    "json_lines": _json_lines,
    "json_class": _json_class,
}
