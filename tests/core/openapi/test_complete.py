"""Both documents are complete, whatever routes there are."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import jsonschema_rs
import pytest

from alfred_mock.core.middleware import _COMMON
from alfred_mock.core.openapi.document import operations
from alfred_mock.core.openapi.headers import COMMON
from tests.contract.golden import NAMES, application

Document = dict[str, Any]

_published = {name: application(name).openapi() for name in NAMES}
_closed = {name: application(name).closed_openapi() for name in NAMES}
each_document = pytest.mark.parametrize("name", NAMES)


def _answers(document: Document) -> Iterator[tuple[str, Document]]:
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            yield f"{method} {path} {status}", answer


def _described(document: Document) -> Iterator[tuple[str, Document]]:
    """Everything that has a schema and an example: parameters, headers, bodies, answers."""
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            yield f"{method} {path} {parameter['name']}", parameter
        for kind in operation.get("requestBody", {}).get("content", {}).values():
            yield f"{method} {path} body", kind
    for where, answer in _answers(document):
        for kind in answer.get("content", {}).values():
            yield where, kind
        for name, header in answer["headers"].items():
            if "schema" in header:
                yield f"{where} {name}", header


@each_document
def test_every_answer_has_the_common_headers(name: str) -> None:
    for where, answer in _answers(_published[name]):
        assert COMMON.keys() <= answer["headers"].keys(), where
    assert {header.lower().encode() for header in COMMON} == _COMMON


@each_document
@pytest.mark.parametrize(
    ("status", "header"),
    [
        ("401", "WWW-Authenticate"),
        ("405", "Allow"),
        ("415", "Accept-Encoding"),
        ("503", "Retry-After"),
        ("206", "Content-Range"),
        ("416", "Content-Range"),
        ("304", "ETag"),
        ("412", "ETag"),
    ],
)
def test_every_answer_of_a_status_has_the_headers_of_it(
    name: str, status: str, header: str
) -> None:
    for where, answer in _answers(_published[name]):
        if where.endswith(status):
            assert answer["headers"][header]["required"] is True, where


@each_document
def test_every_example_fits_its_schema(name: str) -> None:
    document = deepcopy(_closed[name])
    for where, described in _described(document):
        assert "example" in described or "examples" in described, where
        examples = [described["example"]] if "example" in described else []
        schema = {**described["schema"], "components": document["components"]}
        for example in examples:
            assert jsonschema_rs.validator_for(schema).is_valid(example), (where, example)
    for schema_name, schema in document["components"]["schemas"].items():
        if "example" in schema:
            whole = {**schema, "components": document["components"]}
            assert jsonschema_rs.validator_for(whole).is_valid(schema["example"]), schema_name


@each_document
def test_everything_is_described_in_words(name: str) -> None:
    document = _published[name]
    for path, method, operation in operations(document):
        assert operation["summary"] and operation["description"], (method, path)  # noqa: PT018
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (method, path, parameter["name"])
    for where, answer in _answers(document):
        assert answer["description"] != "Successful Response", where
    assert {"contact", "license", "description"} <= document["info"].keys()
    assert [server["url"] for server in document["servers"]] == ["/"]
    assert all(tag["description"] for tag in document["tags"])


@each_document
def test_every_id_in_a_path_is_linked_to(name: str) -> None:
    document = _published[name]
    linked = {target for _, answer in _answers(document) for target in answer.get("links", ())}
    with_id = {
        operation["operationId"] for path, _, operation in operations(document) if "{" in path
    }
    # No call of the control API makes a job: its id comes from Alfred's.
    assert with_id - linked <= {"state-change-job"}


@each_document
def test_formats_and_bounds_are_where_their_type_is(name: str) -> None:
    text = json.dumps(_published[name])
    assert not re.search(r'"(ge|le|gt|lt)": ', text)
    for schema in _objects(_published[name]):
        if "anyOf" in schema:
            assert not schema.keys() & {"format", "pattern", "maxLength"}, schema


def _objects(part: Any) -> Iterator[Document]:
    if isinstance(part, dict):
        yield part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _objects(each)


@each_document
def test_a_member_more_breaks_no_client_but_our_own_tests(name: str) -> None:
    asked, answered = _schemas_of(_published[name])
    for schema_name in answered - asked:
        schema = _published[name]["components"]["schemas"][schema_name]
        assert schema.get("additionalProperties") is not False, schema_name
        if "properties" in schema:
            closed = _closed[name]["components"]["schemas"][schema_name]
            assert closed["additionalProperties"] is False, schema_name


def _schemas_of(document: Document) -> tuple[set[str], set[str]]:
    bodies = json.dumps([each.described.get("requestBody") for each in operations(document)])
    asked = set(re.findall(r"#/components/schemas/(\w+)", bodies))
    while (
        more := {
            found
            for name in asked
            for found in re.findall(
                r"#/components/schemas/(\w+)", json.dumps(document["components"]["schemas"][name])
            )
        }
        - asked
    ):
        asked |= more
    return asked, document["components"]["schemas"].keys() - asked


@each_document
def test_bodies_have_names(name: str) -> None:
    for path, method, operation in operations(_published[name]):
        for kind in operation.get("requestBody", {}).get("content", {}).values():
            alternatives = kind["schema"].get("oneOf", [kind["schema"]])
            assert all("$ref" in each for each in alternatives), (method, path)
