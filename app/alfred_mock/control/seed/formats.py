"""YAML, JSON and TOML as people write them: what a text holds, or one sentence with its line.

A key that is given twice is an error in all of them, rather than a silent overwrite.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alfred_mock.core.errors import Refusal
from alfred_mock.core.text_files import read_text


def parse_json(text: str) -> Any:
    """What a JSON text holds; raises ValueError where it is none, or gives a key twice."""

    def refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise ValueError(f"{key!r} is given twice in one object")
            found[key] = value
        return found

    return json.loads(text, object_pairs_hook=refuse_twice)


def parse_toml(text: str) -> Any:
    """What a TOML text holds; raises ValueError where it is none."""
    import tomllib

    return tomllib.loads(text)


def parse_yaml(text: str) -> Any:
    """What a YAML text holds; raises ValueError where it is not one document."""
    import yaml

    class Loader(yaml.SafeLoader):
        """YAML that names the line of what is wrong."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen = []
            for key_node, _ in node.value:
                if key_node.tag == "tag:yaml.org,2002:merge":
                    continue
                key = self.construct_object(key_node, deep=True)
                if key in seen:
                    line = key_node.start_mark.line + 1
                    raise ValueError(f"line {line}: {key!r} is given twice")
                seen.append(key)
            return super().construct_mapping(node, deep)

        def construct_yaml_timestamp(self, node: Any) -> Any:
            try:
                return super().construct_yaml_timestamp(node)
            except ValueError as error:
                raise ValueError(f"line {node.start_mark.line + 1}: {error}") from None

    Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_timestamp)
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark is not None else ""
        raise ValueError(f"{line}{_hint(f'{error.problem}')}") from None
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _hint(problem: str) -> str:
    if "'\\t'" in problem:
        return "YAML is indented with spaces, not with tabs"
    if problem == "but found another document":
        return "it must be one document, but another one begins here"
    return problem


PARSERS: dict[str, Callable[[str], Any]] = {
    ".yaml": parse_yaml,
    ".yml": parse_yaml,
    ".json": parse_json,
    ".toml": parse_toml,
}
"""By the ending of a file's name."""


def read_file(path: Path, what: str) -> Any:
    """What a .yaml, .json or .toml file holds; `what` is what the refusal calls such a file.

    Raises:
        Refusal: the file has another ending, or cannot be read; names the file and the reason.
    """
    parse = PARSERS.get(path.suffix.lower())
    if parse is None:
        raise Refusal(f"{path}: {what} ends in .yaml, .yml, .json or .toml")
    try:
        return parse(read_text(path))
    except RecursionError:
        raise Refusal(f"{path}: it is nested too deeply") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise Refusal(f"{path}: {reason}") from None
