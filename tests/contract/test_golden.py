"""The published documents are what the golden copies say; what breaks a client is named so."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.contract.changes import changes
from tests.contract.golden import FOLDER, NAMES, application, golden, statuses

Document = dict[str, Any]
DETAIL = "/api/deferred/detail/{id}"


@pytest.mark.parametrize("name", NAMES)
def test_a_document_that_changes_is_seen(name: str) -> None:
    found = changes(golden(name), application(name).openapi())
    assert not found, "\n".join(
        ["If this is meant, renew the golden copies with 'make openapi'.", *map(str, found)]
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_of_statuses_are_those_of_the_document(name: str) -> None:
    page = (FOLDER / f"{name}.md").read_text("utf-8")
    assert page == statuses(application(name).openapi()), "renew it with 'make openapi'"


def _edited(edit: Callable[[Document], object]) -> Document:
    document = deepcopy(golden("alfred"))
    edit(document)
    return document


def _detail(document: Document) -> Document:
    described: Document = document["paths"][DETAIL]["get"]
    return described


def _schema(document: Document, name: str) -> Document:
    schema: Document = document["components"]["schemas"][name]
    return schema


def _rename(schema: Document, old: str, new: str) -> None:
    schema["properties"][new] = schema["properties"].pop(old)
    schema["required"] = [new if name == old else name for name in schema["required"]]


BREAKING: dict[str, Callable[[Document], object]] = {
    "GET /api/deferred/detail/{id} is gone": lambda d: d["paths"].pop(DETAIL),
    "answer: 404 is gone": lambda d: _detail(d)["responses"].pop("404"),
    "answer 201 is new": lambda d: _detail(d)["responses"].update(
        {"201": _detail(d)["responses"]["200"]}
    ),
    "header: X-Request-ID is gone": lambda d: _detail(d)["responses"]["200"]["headers"].pop(
        "X-Request-ID"
    ),
    "operationId": lambda d: _detail(d).update(operationId="other"),
    "security": lambda d: _detail(d).update(security=[]),
    "parameter path id: format uuid -> None": lambda d: _detail(d)["parameters"][0]["schema"].pop(
        "format"
    ),
    "query new is new": lambda d: _detail(d)["parameters"].append(
        {"name": "new", "in": "query", "required": True, "schema": {}}
    ),
    "member: status is gone": lambda d: _rename(_schema(d, "SessionDetail"), "status", "state"),
    "user_name: may be missing now": lambda d: _schema(d, "SessionDetail")["required"].remove(
        "user_name"
    ),
    "creation_date: pattern": lambda d: _schema(d, "SessionDetail")["properties"][
        "creation_date"
    ].pop("pattern"),
    "value 'expired' is new": lambda d: _schema(d, "SessionStatus")["enum"].append("expired"),
    "JobCreate.merge: is required now": lambda d: _schema(d, "JobCreate")["required"].append(
        "merge"
    ),
    "JobCreate.merge: type": lambda d: _schema(d, "JobCreate")["properties"]["merge"].update(
        type="string"
    ),
    "securitySchemes": lambda d: d["components"]["securitySchemes"].pop("HMAC"),
}
COMPATIBLE: dict[str, Callable[[Document], object]] = {
    "member files is new": lambda d: _schema(d, "SessionDetail")["properties"].update(
        files={"type": "array"}
    ),
    "POST /api/new is new": lambda d: d["paths"].update({"/api/new": {"post": {}}}),
    "answer 410 is new": lambda d: _detail(d)["responses"].update({"410": {}}),
    "texts or examples": lambda d: _detail(d).update(summary="Other words."),
}


@pytest.mark.parametrize("what", BREAKING)
def test_what_breaks_a_client_is_named_so(what: str) -> None:
    found = [str(each) for each in changes(golden("alfred"), _edited(BREAKING[what]))]
    assert any(each.startswith("BREAKING") and what in each for each in found), found


@pytest.mark.parametrize("what", COMPATIBLE)
def test_what_breaks_no_client_is_not(what: str) -> None:
    found = [str(each) for each in changes(golden("alfred"), _edited(COMPATIBLE[what]))]
    assert found
    assert all(each.startswith("compatible") for each in found), found
    assert any(what in each for each in found), found
