"""Types of arguments that several commands take."""

import json
import re
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:  # no class of this kind before click 8.5 says what it makes
    ParamType = click.ParamType

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Seconds(ParamType):
    """A duration: seconds, or a number with the unit s, m, h or d."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The seconds."""
        found = re.fullmatch(r"([+-]?[0-9]+(?:\.[0-9]+)?)([smhd]?)", str(value))
        if found is None:
            self.fail(f"{value!r} is no duration such as 90, 15m, 2h or 30d", param, ctx)
        return float(found[1]) * _UNITS[found[2]]


class Pair(ParamType):
    """NAME=VALUE; the value is text."""

    name = "name=value"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, Any]:
        """The name and the value."""
        if isinstance(value, tuple):
            return value
        name, mark, rest = str(value).partition("=")
        if not mark or not name:
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        return name, self.value_of(rest)

    def value_of(self, text: str) -> Any:
        """The value that the text is."""
        return text


class JsonPair(Pair):
    """NAME=VALUE; the value is JSON, or text where it is none."""

    name = "name=json"

    def value_of(self, text: str) -> Any:
        """The value that the text is."""
        return json_or_text(text)


class Delay(ParamType):
    """Milliseconds: always the same, between two, or a distribution in JSON."""

    name = "delay"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The delay as a fault has it."""
        number = r"[0-9]+(?:\.[0-9]+)?"
        if re.fullmatch(number, value):
            return float(value)
        between = re.fullmatch(rf"({number})-({number})", value)
        if between is not None:
            return {"min": float(between[1]), "max": float(between[2])}
        found = json_or_text(value)
        if not isinstance(found, dict):
            self.fail(f"{value!r} is no delay such as 500, 100-900 or JSON", param, ctx)
        return found


class Sequence(ParamType):
    """What happens to the first match, the second and so on, with commas between, or in JSON."""

    name = "effects"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[Any]:
        """The effects as a fault has them."""
        items = json_or_text(value) if value.startswith("[") else value.split(",")
        if not isinstance(items, list):
            self.fail(f"{value!r} is no JSON list", param, ctx)
        return [self._effect(item, param, ctx) for item in items]

    def _effect(self, item: Any, param: Any, ctx: Any) -> Any:
        if item is None or isinstance(item, dict):
            return item
        word = str(item).strip()
        if word.isascii() and word.isdigit():
            return {"status": int(word)}
        if word in ("reset", "close"):
            return {"connection": word}
        if word != "none":
            self.fail(f"{word!r} is no status, nor none, reset, close or JSON", param, ctx)
        return None


def json_or_text(text: str) -> Any:
    """What the text holds as JSON, or the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
