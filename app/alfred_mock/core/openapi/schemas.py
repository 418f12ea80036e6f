"""Schemas: bodies get names, answers are closed or open."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

REFERENCE = "#/components/schemas/"
"""What a reference to a schema of the document begins with."""
_OF_TEXT = ("format", "pattern", "minLength", "maxLength")


def name_bodies(document: dict[str, Any]) -> None:
    """Give the schema of each body its place among the components, under its title.

    Generated clients name their types after it.
    """
    schemas = document["components"]["schemas"]
    for item in document["paths"].values():
        for operation in item.values():
            for kind in operation.get("requestBody", {}).get("content", {}).values():
                kind["schema"] = _named(kind["schema"], schemas)


def _named(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    for name, inner in schema.pop("$defs", {}).items():
        schemas.setdefault(name, inner)
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:  # a body that may be left out is not null when it is there
        return dict(kinds[0])
    if "oneOf" in schema:
        return {**schema, "oneOf": [_named(each, schemas) for each in schema["oneOf"]]}
    if schema.get("type") != "object" or "title" not in schema:
        return schema
    schemas.setdefault(schema["title"], schema)
    return {"$ref": f"{REFERENCE}{schema['title']}"}


def settle_constraints(part: Any) -> None:
    """Move what is said of text that may be null to where the text is; generators look there."""
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        settle_constraints(each)
    if not isinstance(part, dict):
        return
    for text in part.get("anyOf", ()):
        if text.get("type") == "string":
            text.update({name: part.pop(name) for name in _OF_TEXT if name in part})


def close_answers(document: dict[str, Any]) -> None:
    """Forbid, in objects that are only answered, members that are not described."""
    for schema in _only_answered(document):
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)


def opened(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of the document, in which objects that are only answered may have more members."""
    document = deepcopy(document)
    for schema in _only_answered(document):
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
    return document


def _only_answered(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    schemas = document["components"]["schemas"]
    asked: set[str] = set()
    for item in document["paths"].values():
        for operation in item.values():
            _collect(operation.get("requestBody", {}), schemas, asked)
    for name, schema in schemas.items():
        if name not in asked:
            yield schema


def _collect(part: Any, schemas: dict[str, Any], found: set[str]) -> None:
    """Add the names of all schemas that a part of the document refers to, at any depth."""
    if isinstance(part, list):
        for each in part:
            _collect(each, schemas, found)
    if not isinstance(part, dict):
        return
    name = str(part.get("$ref", "")).removeprefix(REFERENCE)
    if name in schemas and name not in found:
        found.add(name)
        _collect(schemas[name], schemas, found)
    for member, value in part.items():
        if member not in ("example", "examples", "default"):
            _collect(value, schemas, found)
