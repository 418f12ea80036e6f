"""Every call of the control API refuses what it does not declare, and hits only what was meant."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from alfred_mock.control.access import PACT_PATH
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

CLOCK = "/__admin/clock"
COMPANIES = "/__admin/companies"


def _calls(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The method, the path and the description of each call.

    Not that of Pact verifiers: each state has parameters of its own, and refuses all others.
    """
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if (method, path) != ("post", PACT_PATH):
                yield method, path.replace("{id}", UNKNOWN_ID), operation


async def _document(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/__admin/openapi.json")
    document: dict[str, Any] = answer.json()
    return document


def _queried(operation: dict[str, Any]) -> list[str]:
    return [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]


def _members(operation: dict[str, Any], document: dict[str, Any]) -> list[str]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schemas = [body.get("schema", {}), *body.get("schema", {}).get("anyOf", ())]
    names = [schema["$ref"].rpartition("/")[2] for schema in schemas if "$ref" in schema]
    return [key for name in names for key in document["components"]["schemas"][name]["properties"]]


async def test_a_parameter_that_is_not_known_is_refused_by_every_call(
    client: httpx.AsyncClient,
) -> None:
    document = await _document(client)
    calls = list(_calls(document))
    for method, path, operation in calls:
        for name in ("company_id", "Company", "compnay"):
            answer = await client.request(method, path, params={name: COMPANY})
            assert answer.status_code == 400, (method, path, name)
            said = answer.json()["message"]
            assert f"'{name}'" in said, (method, path, said)
            if "company" in (*_queried(operation), *_members(operation, document)):
                assert "'company'" in said, (method, path, said)
    assert len(calls) > 20


async def test_a_company_in_the_query_belongs_in_the_body_and_the_reverse(
    client: httpx.AsyncClient,
) -> None:
    document = await _document(client)
    moved = 0
    for method, path, operation in _calls(document):
        queried, members = _queried(operation), _members(operation, document)
        if "company" in members:
            answer = await client.request(method, path, params={"company": COMPANY})
            assert "'company' belongs in the body" in answer.json()["message"], (method, path)
            moved += 1
        if "requestBody" not in operation:
            answer = await client.request(method, path, json={"company": COMPANY})
            assert answer.status_code == 400, (method, path)
            if "company" in queried:
                assert "'company' belongs in the query" in answer.json()["message"], (method, path)
                moved += 1
    assert moved > 10


async def test_a_member_that_is_not_known_is_refused_by_every_call(
    client: httpx.AsyncClient,
) -> None:
    for method, path, operation in _calls(await _document(client)):
        answer = await client.request(method, path, json={"company_id": COMPANY})
        assert answer.status_code == 400, (method, path)
        said = answer.json()["message"]
        if "requestBody" in operation or _queried(operation):
            assert "company_id" in said, (method, path, said)
            assert "nearest is" in said or "known are" in said, (method, path, said)
        else:
            assert said == "Parameter 'body' is not taken by this call."


async def test_a_parameter_that_is_given_twice_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.delete(f"{CLOCK}?company={COMPANY}&company={COMPANY}")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Parameter 'company' is given more than once."


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("DELETE", CLOCK, {"params": {"company_id": COMPANY}}),
        ("DELETE", CLOCK, {"params": {"company": ""}}),
        ("DELETE", CLOCK, {"params": {"company": "None"}}),
        ("DELETE", CLOCK, {"params": {"company": "null"}}),
        ("DELETE", CLOCK, {"params": {"company": "undefined"}}),
        ("DELETE", CLOCK, {"params": {"company": " "}}),
        ("DELETE", CLOCK, {"json": {"company": COMPANY}}),
        ("DELETE", CLOCK, {"content": b"company=" + COMPANY.encode()}),
        ("DELETE", f"{CLOCK}/", {}),
        ("DELETE", f"{CLOCK}/{COMPANY}", {}),
        ("POST", "/__admin/reset", {"params": {"company": COMPANY}}),
        ("POST", "/__admin/reset", {"json": {"company": None}}),
        ("POST", "/__admin/reset", {"json": {"company": ""}}),
        ("POST", "/__admin/reset", {"json": {"company": []}}),
        ("POST", "/__admin/reset", {"json": None}),
        ("POST", "/__admin/reset", {"content": b"null"}),
        ("POST", "/__admin/reset", {"content": b"company=" + COMPANY.encode()}),
        ("POST", f"/__admin/reset/{COMPANY}", {}),
    ],
)
async def test_no_slip_touches_all_companies(
    client: httpx.AsyncClient, method: str, path: str, options: dict[str, Any]
) -> None:
    await client.put(CLOCK, json={"now": "2001-01-01T00:00:00", "frozen": True})
    if options.get("json", "") is None:
        options = {"content": b"null"}
    answer = await client.request(method, path, **options)
    assert answer.status_code in (400, 404)
    assert set(answer.json()) == {"error", "message"}
    assert (await client.get(CLOCK)).json()["frozen"]


@pytest.mark.parametrize("body", [{"user_name": None}, {"company": None}, {"user_name": ""}])
async def test_tokens_of_everybody_expire_only_if_nobody_is_named(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    answer = await client.post("/__admin/tokens/expire", json=body)
    assert answer.status_code == 400


async def test_a_fault_for_everybody_names_nobody(client: httpx.AsyncClient) -> None:
    rule = {"effect": {"status": 503}}
    refused = await client.post("/__admin/faults", json={**rule, "company": None})
    assert (refused.status_code, refused.json()["message"]) == (
        400,
        "Parameter 'company' must not be null: leave it out for all, or name one.",
    )
    assert (await client.get("/api/tagshelf/ping", headers=WITH_KEY)).status_code == 200


async def test_an_id_that_is_empty_is_no_call_for_all(client: httpx.AsyncClient) -> None:
    await client.post("/__admin/faults", json={"effect": {"status": 503}})
    for path in ("faults", "companies", "requests"):
        assert (await client.delete(f"/__admin/{path}/")).status_code == 404
    assert len((await client.get("/__admin/faults")).json()["faults"]) == 1


async def test_an_empty_body_is_none(client: httpx.AsyncClient) -> None:
    answer = await client.delete(CLOCK, headers={"Content-Length": "0"})
    assert answer.status_code == 200
    made = await client.post(COMPANIES, content=b"")
    assert made.status_code == 200
