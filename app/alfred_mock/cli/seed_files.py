"""Seeds in files, as the control API takes them."""

from datetime import date
from pathlib import Path
from typing import Any

from alfred_mock.control.seed.formats import read_file
from alfred_mock.core.errors import Refusal


def read_seed_file(path: Path) -> dict[str, Any]:
    """What a seed file holds, as a JSON object.

    Raises:
        Refusal: the file cannot be read, or holds no such thing; one sentence with the place.
    """
    found = read_file(path, "a seed")
    content = _as_json({} if found is None else found, path)
    if not isinstance(content, dict):
        raise Refusal(f"{path}: it holds no object with keys")
    return content


def _as_json(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise Refusal(f"{path}: the key {key!r} must be text (put it in quotes)")
        return {key: _as_json(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item, path) for item in value]
    if isinstance(value, date):  # and a datetime, which is one
        return value.isoformat()
    if value is None or isinstance(value, str | int | float):
        return value
    raise Refusal(f"{path}: {value!r} is nothing that a seed can hold")
