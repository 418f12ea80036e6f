"""Examples: every body and every answer has one, which its schema takes."""

from typing import Any

from alfred_mock.core.openapi.schemas import REFERENCE

_ID = "0f767925-b464-4ffa-b621-1a0aeacad257"
_BYTES = "%PDF-1.7"


def add_examples(document: dict[str, Any]) -> None:
    """Make an example for each body and answer without one, of what its schema says."""
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        if "example" in schema:
            schema["example"] = _with_nulls(schema["example"], schema)
    for item in document["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                _add(parameter, schemas, parameter["name"])
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for kind in part.get("content", {}).values():
                    if "examples" not in kind:
                        _add(kind, schemas, "")


def _add(described: dict[str, Any], schemas: dict[str, Any], name: str) -> None:
    if "example" not in described:
        described["example"] = example_of(described["schema"], schemas, name)


def _with_nulls(example: Any, schema: dict[str, Any]) -> Any:
    """The example with the nulls that FastAPI has dropped, in the order of the schema."""
    if not isinstance(example, dict):
        return example
    required = schema.get("required", ())
    members = [name for name in schema.get("properties", {}) if name in example or name in required]
    others = [name for name in example if name not in members]
    return {name: example.get(name) for name in [*members, *others]}


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """A value that the schema takes; its own example where it has one.

    `name` is what the value is called: text without an example says it.
    """
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(REFERENCE)], schemas, name)
    for own in ("example", "const", "default"):
        if schema.get(own) is not None:
            return schema[own]
    for several in ("examples", "enum"):
        if several in schema:
            return schema[several][0]
    for alternatives in ("anyOf", "oneOf", "allOf"):
        if alternatives in schema:
            first, *others = schema[alternatives]
            if {"type": "null"} in others and not first.keys() & {"example", "examples"}:
                return None
            return example_of(first, schemas, name)
    return _of_type(schema, schemas, name)


def _of_type(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> Any:
    match schema.get("type"):
        case "object":
            return {
                member: example_of(described, schemas, member)
                for member, described in schema.get("properties", {}).items()
                if member in schema.get("required", ())
            }
        case "array":
            return [example_of(schema["items"], schemas, name)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "null":
            return None
        case "string":
            by_format = {"uuid": _ID, "binary": _BYTES}
            return by_format.get(schema.get("format", ""), name.replace("_", " ") or "text")
    return {}
