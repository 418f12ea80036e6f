"""Links: where an id of an answer leads to."""

from collections.abc import Iterator
from typing import Any

from alfred_mock.core.openapi import Links
from alfred_mock.core.openapi.schemas import REFERENCE

_DEEPEST = 3


def add_links(document: dict[str, Any], links: Links) -> None:
    """Link the successful answer of each operation to those that take an id in it.

    Raises:
        ValueError: a link leads to an operation that does not exist.
    """
    targets = {
        operation["operationId"]: operation
        for item in document["paths"].values()
        for operation in item.values()
    }
    missing = {target for each in links.values() for target in each} - targets.keys()
    if missing:
        raise ValueError(f"no operation is called {', '.join(sorted(missing))}")
    schemas = document["components"]["schemas"]
    for operation in targets.values():
        answer = operation["responses"].get("200", {})
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        for member, pointer in _members(schema, schemas, pointer=""):
            for target in links.get(member, ()):
                if target != operation["operationId"]:
                    link = _link(targets[target], pointer)
                    answer.setdefault("links", {}).setdefault(target, link)


def _link(target: dict[str, Any], pointer: str) -> dict[str, Any]:
    link = {"operationId": target["operationId"], "description": target["summary"]}
    in_path = [given["name"] for given in target.get("parameters", ()) if given["in"] == "path"]
    if in_path:
        return {**link, "parameters": {in_path[0]: f"$response.body#{pointer}"}}
    # The whole answer, which is the member alone: generators refuse an object with expressions.
    return {**link, "requestBody": "$response.body"}


def _members(
    schema: dict[str, Any], schemas: dict[str, Any], *, pointer: str, depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Each member as `Schema.member`, with a JSON pointer to its first value."""
    if depth > _DEEPEST:
        return
    if "items" in schema:
        yield from _members(schema["items"], schemas, pointer=f"{pointer}/0", depth=depth + 1)
    name = schema.get("$ref", "").removeprefix(REFERENCE)
    if name not in schemas:
        return
    for member, described in schemas[name].get("properties", {}).items():
        yield f"{name}.{member}", f"{pointer}/{member}"
        yield from _members(described, schemas, pointer=f"{pointer}/{member}", depth=depth + 1)
