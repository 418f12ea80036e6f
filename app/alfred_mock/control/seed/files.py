"""Reads a seed file and says exactly what is wrong with it."""

import difflib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.core.errors import Refusal


def read_seed(path: Path) -> SeedDocument:
    """The document in a .yaml, .json or .toml file.

    Raises:
        Refusal: the file cannot be read, or something in it is not as it should be; names the
            file, the place in the document and the reason.
    """
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None:
        raise Refusal(f"{path}: a seed ends in .yaml, .yml, .json or .toml")
    try:
        content = parse(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise Refusal(f"{path}: {reason}") from None
    return parse_seed(content, source=str(path))


def parse_seed(content: Any, *, source: str) -> SeedDocument:
    """The document that a parsed file, or a request's body, holds.

    Raises:
        Refusal: as for `read_seed`.
    """
    try:
        return SeedDocument.model_validate({} if content is None else content)
    except ValidationError as error:
        problems = [f"{source}: {_explain(dict(item))}" for item in error.errors()]
        raise Refusal("\n".join(problems)) from None


def _explain(error: dict[str, Any]) -> str:
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        known = list(_model_at(error["loc"]).model_fields)
        nearest = difflib.get_close_matches(str(error["loc"][-1]), known, n=1, cutoff=0)[0]
        message = f"there is no such key; the nearest is {nearest}"
    elif error["type"] == "string_type":
        message = "must be text (put it in quotes)"
    return f"{place.removeprefix('.') or 'document'}: {message}"


def _model_at(location: tuple[int | str, ...]) -> type[BaseModel]:
    """The part of the format in which the last key of a location was looked for."""
    model: type[BaseModel] = SeedDocument
    for key in location[:-1]:
        if isinstance(key, str):
            annotation: Any = model.model_fields[key].annotation
            model = annotation.__args__[0]
    return model


def _parse_yaml(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """YAML in which a key given twice is an error rather than a silent overwrite."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for key in keys:
                if keys.count(key) > 1:
                    raise ValueError(f"line {node.start_mark.line + 1}: {key!r} is given twice")
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _parse_json(text: str) -> Any:
    def refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a key is given twice in one object")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=refuse_twice)


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".yaml": _parse_yaml,
    ".yml": _parse_yaml,
    ".json": _parse_json,
    ".toml": tomllib.loads,
}
