"""Settings for a server that belongs to a test suite rather than to a machine."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from alfred_mock.core.environment import load_settings, settings_of
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Settings
from alfred_mock.core.validation import message_of, what_is_known
from alfred_mock.testing.errors import StartError

DEFAULTS: dict[str, Any] = {"port": 0, "database_url": "sqlite:///:memory:", "demo": False}
"""What is different from the defaults of the command."""

_NOT_HERE = {"uds", "workers"}


def settings_for(given: dict[str, Any], *, from_environment: bool = False) -> Settings:
    """Settings by keyword, and those of the environment beneath them if that is asked for.

    Raises:
        StartError: one of them does not exist, or cannot have its value.
    """
    refuse_unknown(given)
    try:
        below: dict[str, Any] = {}
        if from_environment:
            read = load_settings()
            below = {name: getattr(read, name) for name in read.model_fields_set - _NOT_HERE}
        return settings_of(**{**DEFAULTS, **below, **given})
    except Refusal as refusal:
        raise StartError(f"{refusal}") from None
    except ValidationError as error:
        raise StartError("; ".join(_explain(dict(item)) for item in error.errors())) from None


def refuse_unknown(given: Iterable[str], also: Sequence[str] = ()) -> None:
    """Refuse names of settings that do not exist.

    Raises:
        StartError: it names the nearest of those that do, or of the others that are allowed.
    """
    known = [name for name in Settings.model_fields if name not in _NOT_HERE] + list(also)
    for name in given:
        if name in _NOT_HERE:
            raise StartError(f"{name} is for `alfred-mock serve` only")
        if name not in known:
            raise StartError(f"{name} is no setting of alfred-mock; {what_is_known(name, known)}")


def _explain(error: dict[str, Any]) -> str:
    return f"{error['loc'][0]}: {message_of(error)}"
