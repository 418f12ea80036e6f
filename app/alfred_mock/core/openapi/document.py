"""What is true of every route, added to the document that FastAPI makes."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from alfred_mock.core.errors import MethodNotAllowed, describe_errors
from alfred_mock.core.host_header import NO_HOST
from alfred_mock.core.openapi import Links
from alfred_mock.core.openapi.examples import add_examples
from alfred_mock.core.openapi.headers import add_headers
from alfred_mock.core.openapi.links import add_links
from alfred_mock.core.openapi.schemas import (
    REFERENCE,
    close_answers,
    name_bodies,
    settle_constraints,
)

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SAYS_NOTHING = "Successful Response"
"""FastAPI's description of an answer that has none."""


class Operation(NamedTuple):
    """An operation of a document; `described` is the part of the document that is about it."""

    path: str
    method: str
    described: dict[str, Any]


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """The operations, webhooks included, in the order of the document."""
    for part in ("paths", "webhooks"):
        for path, item in document.get(part, {}).items():
            for method in _METHODS:
                if method in item:
                    yield Operation(path, method, item[method])


def complete(document: dict[str, Any], *, links: Links, tags: Mapping[str, str]) -> dict[str, Any]:
    """The document with all that its routes have in common; it is changed in place.

    `tags` says of each tag what it is about.
    """
    document.setdefault("components", {}).setdefault("schemas", {})
    used = (name for each in operations(document) for name in each.described.get("tags", ()))
    document["tags"] = [
        {"name": name, "description": tags.get(name, name)} for name in dict.fromkeys(used)
    ]
    for path, item in document["paths"].items():
        methods = sorted(method.upper() for method in item if method in _METHODS)
        for method in item.keys() & set(_METHODS):
            _add_common_answers(item[method], methods, path)
    name_bodies(document)
    settle_constraints(document)
    close_answers(document)
    _describe_answers(document)
    add_headers(document)
    add_links(document, links)
    add_examples(document)
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _add_common_answers(operation: dict[str, Any], methods: list[str], path: str) -> None:
    """What every path answers, and no 422: bad parameters are answered with 400."""
    operation.setdefault("security", [])
    answers = operation["responses"]
    answers.pop("422", None)
    other = next(method for method in ("PUT", "PATCH", "DELETE", "GET") if method not in methods)
    common = describe_errors(NO_HOST, MethodNotAllowed(path, other, methods))
    for status, described in common.items():
        answer = {name: value for name, value in described.items() if name != "model"}
        answer["content"]["application/json"]["schema"] = {"$ref": f"{REFERENCE}ErrorBody"}
        answers.setdefault(str(status), answer)
    operation["responses"] = dict(sorted(answers.items()))


def _describe_answers(document: dict[str, Any]) -> None:
    """Say of an answer that has no description of its own what its schema says."""
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for *_, operation in operations(document):
        for answer in operation["responses"].values():
            if answer["description"] == _SAYS_NOTHING:
                [schema, *_] = [kind.get("schema", {}) for kind in answer["content"].values()]
                of_item = schema.get("items", schema)
                named = schemas.get(of_item.get("$ref", "").rpartition("/")[2], {})
                text = named.get("description", operation["summary"]).split("\n\n")[0]
                answer["description"] = f"A list: {text}" if "items" in schema else text
