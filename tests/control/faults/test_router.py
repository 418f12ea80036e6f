"""Making rules, looking at them, clearing them; and what is no rule."""

from typing import Any

import httpx
import pytest

from tests.control.faults.serving import FAULTS, PING, make
from tests.support import API_KEY, COMPANY, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

_GONE = {"status": 503}


async def test_a_rule_comes_back_with_its_counters(client: httpx.AsyncClient) -> None:
    match = {"method": "get", "path": "/api/*", "header": {"X-A": "1*"}}
    made = await make(client, _GONE, match=match, times=2)
    assert made == {
        "id": made["id"],
        "company": None,
        "match": match,
        "effect": _GONE,
        "times": 2,
        "remaining": 2,
        "seen": 0,
        "fired": 0,
    }
    assert (await client.get(FAULTS)).json() == {"faults": [made]}


async def test_counters_go_on(client: httpx.AsyncClient) -> None:
    await make(client, _GONE, every=2)
    await make(client, _GONE, match={"path": "/elsewhere"}, times=3)
    for _ in range(5):
        await client.get(PING, headers=WITH_KEY)
    shown = (await client.get(FAULTS)).json()["faults"]
    assert [(rule["remaining"], rule["seen"], rule["fired"]) for rule in shown] == [
        (None, 5, 2),
        (3, 0, 0),
    ]


async def test_a_rule_is_for_a_company_named_by_its_id_or_a_credential(
    client: httpx.AsyncClient,
) -> None:
    for name in (COMPANY, COMPANY.upper(), API_KEY):
        assert (await make(client, _GONE, company=name))["company"] == COMPANY


async def test_the_rules_of_a_company_are_listed_and_cleared_apart(
    client: httpx.AsyncClient,
) -> None:
    of_all = await make(client, _GONE)
    of_company = await make(client, _GONE, company=COMPANY)
    query = {"company": COMPANY}
    assert (await client.get(FAULTS, params=query)).json() == {"faults": [of_company]}
    assert (await client.delete(FAULTS, params=query)).json() == {"cleared": 1}
    assert (await client.get(FAULTS)).json() == {"faults": [of_all]}
    assert (await client.delete(FAULTS)).json() == {"cleared": 1}
    assert (await client.get(FAULTS)).json() == {"faults": []}


async def test_what_is_cleared_does_nothing_any_more(client: httpx.AsyncClient) -> None:
    first, second = await make(client, _GONE), await make(client, {"status": 500})
    assert (await client.get(PING, headers=WITH_KEY)).status_code == 503
    assert (await client.delete(f"{FAULTS}/{first['id']}")).json() == {"cleared": 1}
    assert (await client.get(PING, headers=WITH_KEY)).status_code == 500
    await client.delete(f"{FAULTS}/{second['id']}")
    assert (await client.get(PING, headers=WITH_KEY)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", FAULTS, {"effect": _GONE, "company": UNKNOWN_ID}, 404),
        ("GET", f"{FAULTS}?company={UNKNOWN_ID}", None, 404),
        ("DELETE", f"{FAULTS}?company={UNKNOWN_ID}", None, 404),
        ("DELETE", f"{FAULTS}/{UNKNOWN_ID}", None, 404),
        ("DELETE", f"{FAULTS}/no-uuid", None, 400),
        ("POST", FAULTS, [], 400),
    ],
)
async def test_what_does_not_exist_is_refused(
    client: httpx.AsyncClient, method: str, path: str, body: Any, status: int
) -> None:
    answer = await client.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "message"}
