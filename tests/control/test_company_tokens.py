"""A company's own control token reaches that company and nothing else."""

from typing import Any, NamedTuple

import httpx
import pytest

from alfred_mock.control.company_tokens import company_of, token_of
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application

pytestmark = pytest.mark.anyio

TOKEN = "for-all-companies"
ALL = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, admin_token=TOKEN)


class _Made(NamedTuple):
    id: str
    key: dict[str, str]
    control: dict[str, str]
    credentials: tuple[str, ...]


async def _make(client: httpx.AsyncClient) -> _Made:
    made = (await client.post("/__admin/companies", headers=ALL)).json()
    return _Made(
        made["id"],
        {"X-TagshelfAPI-Key": made["api_key"]},
        {"Authorization": f"Bearer {made['admin_token']}"},
        (made["id"], made["api_key"], made["user"]["user_name"]),
    )


def _calls(company: str | None) -> list[tuple[str, str, dict[str, Any]]]:
    """Every call that may name a company, naming this one or none."""
    query = {"params": {"company": company}} if company else {}
    member = {"company": company} if company else {}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", path, query)
        for path in ("seed", "faults", "clock", "requests", "requests/count", "requests/har")
    ]
    brief = {"params": {**query.get("params", {}), "timeout": 0}}
    calls += [("GET", path, brief) for path in ("requests/stream", "events/stream")]
    calls += [("GET", path, query) for path in ("webhook", "webhook/faults", "deliveries")]
    calls += [("PUT", "seed", {**query, "json": {"tags": []}})]
    calls += [("DELETE", path, query) for path in ("faults", "clock", "requests")]
    calls += [("DELETE", path, query) for path in ("webhook", "webhook/faults")]
    calls += [
        ("PUT", "clock", {"json": {**member, "offset_s": 5}}),
        ("POST", "reset", {"json": member}),
        ("POST", "faults", {"json": {**member, "effect": {"status": 503}}}),
        ("POST", "tokens/expire", {"json": member}),
    ]
    if company:
        url, lost = {**member, "url": "http://127.0.0.1:1/"}, {**member, "lost": True}
        calls += [("PUT", "webhook", {"json": url}), ("POST", "webhook/faults", {"json": lost})]
    return calls


async def test_its_own_company_is_within_its_reach(client: httpx.AsyncClient) -> None:
    own = await _make(client)
    for name in own.credentials:
        for method, path, given in _calls(name):
            answer = await client.request(method, f"/__admin/{path}", headers=own.control, **given)
            assert answer.status_code == 200, (method, path, answer.text)
    gone = await client.delete(f"/__admin/companies/{own.id}", headers=own.control)
    assert gone.status_code == 200


async def test_others_and_everybody_are_not(client: httpx.AsyncClient, app: Application) -> None:
    own, other = await _make(client), await _make(client)
    session = (await client.post("/api/deferred/create", headers=other.key)).json()
    session_path = f"deferred-sessions/{session['session_id']}"
    fault = (
        await client.post(
            "/__admin/faults",
            headers=ALL,
            json={"company": other.id, "effect": {"status": 418}, "match": {"path": "/x"}},
        )
    ).json()
    delivery_fault = (
        await client.post(
            "/__admin/webhook/faults", headers=ALL, json={"company": other.id, "lost": True}
        )
    ).json()
    url = {"company": other.id, "url": "http://127.0.0.1:1/"}
    assert (await client.put("/__admin/webhook", headers=ALL, json=url)).status_code == 200
    upload = {"urls": ["https://files.test/a.pdf"]}
    await client.post("/api/file/upload", headers=other.key, json=upload)
    query = {"company": other.id}
    told = (await client.get("/__admin/events", headers=ALL, params=query)).json()
    event_id = told["events"][0]["id"]
    before = (await client.get("/__admin/seed", headers=ALL)).json()
    seed = {"companies": [{"id": other.id, "name": "Taken over"}]}
    calls = [
        *(call for name in (*other.credentials, "nobody", None) for call in _calls(name)),
        ("PUT", "seed", {"json": seed}),
        ("PUT", "seed", {"json": seed, "params": {"company": other.id}}),
        ("POST", "companies", {}),
        ("DELETE", f"companies/{other.id}", {}),
        ("DELETE", f"faults/{fault['id']}", {}),
        ("DELETE", f"webhook/faults/{delivery_fault['id']}", {}),
        ("POST", f"events/{event_id}/redeliver", {}),
        ("PATCH", session_path, {"json": {"status": "closed"}}),
        ("POST", "deferred-sessions", {"json": {"company": other.id}}),
        ("POST", "credentials/remove", {"json": {"company": other.id, "user_name": "x"}}),
        ("POST", "credentials/remove", {"json": {"user_name": other.credentials[2]}}),
    ]
    for method, path, given in calls:
        answer = await client.request(method, f"/__admin/{path}", headers=own.control, **given)
        assert answer.status_code == 403, (method, path, answer.text)
    crossing = await client.put(
        "/__admin/seed", headers=own.control, params={"company": own.id}, json=seed
    )
    assert crossing.status_code == 400
    assert (await client.get("/__admin/seed", headers=ALL)).json() == before


async def test_what_only_looks_like_a_token_is_refused(client: httpx.AsyncClient) -> None:
    own, other = await _make(client), await _make(client)
    mac = own.control["Authorization"].partition(".")[2]
    for token in (own.id, f"{own.id}.", f"{other.id}.{mac}", f"{own.id.upper()}.{mac}", mac):
        headers = {"Authorization": f"Bearer {token}"}
        answer = await client.get("/__admin/clock", headers=headers, params={"company": own.id})
        assert answer.status_code == 401


def test_another_token_for_all_ends_those_of_companies() -> None:
    company = "0f767925-b464-4ffa-b621-1a0aeacad257"
    assert company_of(token_of(company, "one"), "one") == company
    assert company_of(token_of(company, "one"), "two") is None
