"""Bodies of control calls are exactly what their schemas allow."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from alfred_mock.core.clock import DATE_PATTERN
from alfred_mock.core.settings import Settings
from tests.support import COMPANY, UNKNOWN_ID

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


DATES = {
    "2022-11-17": True,
    "2022-11-17T01:02": True,
    "2022-11-17 01:02:03": True,
    "2022-11-17T01:02:03.1234567Z": True,
    "2022-11-17T01:02:03+0200": True,
    "2022-11-17T01:02:03.5-03:00": True,
    "20221117": False,
    "20221117T010203": False,
    "2022-W46-4": False,
    "2022-11-17T01": False,
    "2022-11-17x01:02": False,
    "2022-11-17T24:00:00": False,
    "2022-11-17T01:02:03 Z": False,
    "17.11.2022": False,
    " 2022-11-17": False,
    "1668646923": False,
    "": False,
}


@pytest.mark.parametrize(("date", "is_one"), DATES.items())
async def test_a_date_is_what_the_schema_says(
    client: httpx.AsyncClient, date: str, is_one: bool
) -> None:
    assert (re.fullmatch(DATE_PATTERN, date) is not None) is is_one
    session = {"company": COMPANY, "creation_date": date}
    seed = {
        "deferred_sessions": [{"id": UNKNOWN_ID, "creation_date": date, "user_name": "API Key 1"}]
    }
    for answer in (
        await client.put("/__admin/clock", json={"company": COMPANY, "now": date}),
        await client.post("/__admin/deferred-sessions", json=session),
        await client.put(SEED, params={"company": COMPANY}, json=seed),
    ):
        assert answer.status_code == (200 if is_one else 400), answer.text


async def test_every_date_has_the_pattern_in_the_document(client: httpx.AsyncClient) -> None:
    document = (await client.get("/__admin/openapi.json")).json()
    schemas = document["components"]["schemas"]
    for name, members in {
        "ClockSet": ["now"],
        "SessionMake": ["creation_date", "update_date"],
        "JobPatch": ["creation_date"],
        "JobSeed": ["creation_date", "step_date"],
    }.items():
        for member in members:
            shown = schemas[name]["properties"][member]
            assert DATE_PATTERN in [
                kind.get("pattern") for kind in (shown, *shown.get("anyOf", ()))
            ], (name, member)


async def test_an_integer_of_a_seed_may_be_written_with_a_point(client: httpx.AsyncClient) -> None:
    job = {
        "id": UNKNOWN_ID,
        "creation_date": "2022-11-17T00:00:00",
        "user_name": "API Key 1",
        "page_rotation": 90.0,
        "retry_limit": 5.0,
        "step": 1.0,
    }
    seed = {"jobs": [job], "cloudinfo": {"job_retry_limit": 3.0}}
    answer = await client.put(SEED, params={"company": COMPANY}, json=seed)
    assert answer.status_code == 200, answer.text
    (stored,) = answer.json()["companies"]
    assert stored["jobs"][0]["page_rotation"] == 90
    for wrong in (1.5, True, "1"):
        seed["jobs"] = [{**job, "page_rotation": wrong}]
        answer = await client.put(SEED, params={"company": COMPANY}, json=seed)
        assert answer.status_code == 400


@pytest.mark.parametrize("name", ["a\nb", "\x7f", "x" * 257, ""])
async def test_a_name_is_what_the_schema_says(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/__admin/companies", json={"name": name})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Parameter 'name' ")
