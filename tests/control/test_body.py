"""Bodies of control calls are exactly what their schemas allow."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.support import UNKNOWN_ID

pytestmark = pytest.mark.anyio

_Schema = dict[str, Any]
_Body = Callable[[Any], Any]
"""Makes a body around a value."""

NUMBERS = ("number", "integer")
SEED = "/__admin/seed"


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


def _numbers(document: _Schema) -> Iterator[tuple[str, str, _Schema, _Body]]:
    """The method and path of each call that takes a number, its schema, and bodies with one."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for schema, body in _numbers_in(content["schema"], document, lambda value: value):
                    yield method, path.replace("{id}", UNKNOWN_ID), schema, body


def _numbers_in(schema: _Schema, document: _Schema, body: _Body) -> Iterator[tuple[_Schema, _Body]]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") in NUMBERS:
        yield schema, body
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _numbers_in(option, document, body)
    if "items" in schema:
        yield from _numbers_in(schema["items"], document, lambda value: body([value]))
    properties = schema.get("properties", {})
    for name, inner in properties.items():
        beside = {
            other: 1
            for other in schema.get("required", ())
            if other != name and properties[other].get("type") in NUMBERS
        }

        def around(value: Any, name: str = name, beside: dict[str, int] = beside) -> Any:
            return body({**beside, name: value})

        yield from _numbers_in(inner, document, around)


async def test_a_number_is_neither_a_boolean_nor_text(client: httpx.AsyncClient) -> None:
    document = (await client.get("/__admin/openapi.json")).json()
    bodies = [
        (method, path, body(wrong))
        for method, path, _, body in _numbers(document)
        for wrong in (True, "1")
    ]
    for method, path, body in bodies:
        answer = await client.request(method, path, json=body)
        assert answer.status_code == 400, (method, path, body)
        assert "be a valid " in answer.json()["message"], (method, path, body)
    assert ("put", "/__admin/clock", {"advance_s": True}) in bodies
    assert (
        "post",
        "/__admin/faults",
        {"sequence": [{"delay_ms": {"median": 1, "sigma": "1"}}]},
    ) in bodies


async def test_an_integer_may_be_written_with_a_point(client: httpx.AsyncClient) -> None:
    document = (await client.get("/__admin/openapi.json")).json()
    bodies = [
        (method, path, body(float(schema["minimum"])))
        for method, path, schema, body in _numbers(document)
        if schema["type"] == "integer" and path != SEED
    ]
    for method, path, body in bodies:
        answer = await client.request(method, path, json=body)
        assert "valid integer" not in answer.text, (method, path, body)
    assert ("patch", f"/__admin/jobs/{UNKNOWN_ID}", {"advance": 1.0}) in bodies


@pytest.mark.parametrize("written", ["NaN", "Infinity", "1e400", "1.5"])
async def test_an_integer_is_finite_and_whole(client: httpx.AsyncClient, written: str) -> None:
    rule = f'{{"effect": {{"status": 503}}, "times": {written}}}'
    answer = await client.post("/__admin/faults", content=rule.encode())
    assert (answer.status_code, "'times'" in answer.json()["message"]) == (400, True)


@pytest.mark.parametrize("frozen", [1, "true"])
async def test_a_boolean_is_neither_a_number_nor_text(
    client: httpx.AsyncClient, frozen: Any
) -> None:
    answer = await client.put("/__admin/clock", json={"frozen": frozen})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Parameter 'frozen' must be a valid boolean."
