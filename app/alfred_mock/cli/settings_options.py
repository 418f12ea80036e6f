"""Options that are settings of the server: their types, help and completion follow from these."""

from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import click

from alfred_mock.cli.parameters import ParamType
from alfred_mock.core.settings import Settings, variable_of

if TYPE_CHECKING:
    _Choice = click.Choice[str]
else:
    _Choice = click.Choice


class _EmptyIsNotGiven(ParamType):
    """A shell makes `--port "$PORT"` empty where the variable is not set."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return None if value == "" else super().convert(value, param, ctx)


class WholeNumber(_EmptyIsNotGiven, click.IntRange):
    """A whole number within the bounds of a setting."""

    name = "integer"


class Number(_EmptyIsNotGiven, click.FloatRange):
    """A number within the bounds of a setting."""

    name = "number"


class OneOf(_EmptyIsNotGiven, _Choice):
    """One of the words that a setting takes."""


class FilePath(_EmptyIsNotGiven, click.Path):
    """A path, which the shell completes."""


def options(*fields: str) -> Callable[[Any], Any]:
    """Options that set these settings, with the settings' own help; unset means environment."""

    def decorate(command: Any) -> Any:
        for field in reversed(fields):
            info = Settings.model_fields[field]
            flag = f"--{field.replace('_', '-')}"
            is_switch = _plain_type(info.annotation) is bool
            default = "" if info.default in (None, ()) else f"; default {_shown(info.default)}"
            command = click.option(
                f"{flag}/--no-{flag[2:]}" if is_switch else flag,
                field,
                default=None,
                type=None if is_switch else type_of(info.annotation, info.metadata),
                help=f"{info.description} [{variable_of(field)}{default}]",
            )(command)
        return command

    return decorate


def type_of(annotation: Any, metadata: Iterable[Any]) -> ParamType:
    """The type of an option for a setting of this annotation; text where it is a list."""
    kind = _plain_type(annotation)
    if not isinstance(kind, type):
        return click.STRING
    if issubclass(kind, Enum):
        return OneOf([str(each.value) for each in kind])
    if issubclass(kind, Path):
        return FilePath(path_type=Path)
    if issubclass(kind, int):
        return WholeNumber(**_bounds(metadata))
    return Number(**_bounds(metadata)) if issubclass(kind, float) else click.STRING


def _plain_type(annotation: Any) -> Any:
    """The type itself, where the annotation says that there may be none."""
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        return kinds[0] if len(kinds) == 1 else annotation
    return annotation


def _bounds(metadata: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in metadata:
        for name, bound, is_open in (
            ("ge", "min", False),
            ("gt", "min", True),
            ("le", "max", False),
            ("lt", "max", True),
        ):
            if getattr(item, name, None) is not None:
                found |= {bound: getattr(item, name), f"{bound}_open": is_open}
    return found


def _shown(default: Any) -> str:
    """A default as it would be given."""
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
