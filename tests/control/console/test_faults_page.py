"""Faults by the console: the lists, and forms that say what is wrong while one types."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from tests.control.console.forms import (
    CONSOLE,
    TOKEN,
    console,
    held_to,
    leads_to,
    refusal,
    text,
)
from tests.support import COMPANY, WITH_KEY

pytestmark = pytest.mark.anyio

PAGE = f"{CONSOLE}/faults"
DELIVERIES = f"{PAGE}/deliveries"


async def _preview(
    client: httpx.AsyncClient, path: str, /, **fields: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """The JSON that is shown, and what is told beside fields."""
    answer = await client.post(f"{path}/preview", data=fields)
    assert answer.status_code == 200
    [shown] = re.findall(r'<pre id="preview"[^>]*>(.*?)</pre>', answer.text, re.DOTALL)
    told = re.findall(r'"innerHTML:#(\w+)-why">([^<]*)<', answer.text)
    return json.loads(unescape(shown)), {name: unescape(why) for name, why in told if why}


EVERYTHING = {
    "company": COMPANY,
    "method": "GET",
    "path": "/api/*",
    "query": "currentPage=2\npageSize=*",
    "header": "User-Agent: python*",
    "status": "503",
    "content": "{}",
    "content_type": "application/json",
    "headers": "Retry-After: 2\n\nX-Own: a: b",
    "delay_min": "10",
    "delay_max": "20.5",
    "drip_ms": "30",
    "body": "truncated",
    "after": "true",
    "times": "2",
    "every": "3",
    "seed": "s",
}


async def test_every_field_is_in_the_json_and_in_the_fault() -> None:
    async with console() as client:
        body, told = await _preview(client, PAGE, **EVERYTHING)
        assert told == {}
        assert body == {
            "company": COMPANY,
            "match": {
                "method": "GET",
                "path": "/api/*",
                "query": {"currentPage": "2", "pageSize": "*"},
                "header": {"User-Agent": "python*"},
            },
            "effect": {
                "status": 503,
                "content": "{}",
                "content_type": "application/json",
                "headers": {"Retry-After": "2", "X-Own": "a: b"},
                "delay_ms": {"min": 10, "max": 20.5},
                "drip_ms": 30,
                "body": "truncated",
                "after": True,
            },
            "times": 2,
            "every": 3,
            "seed": "s",
        }
        assert await leads_to(client, PAGE, **EVERYTHING) == PAGE
        [made] = (await client.get("/__admin/faults")).json()["faults"]
        assert {name: made[name] for name in body} == body


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"status": "x"}, "status", "Must be a valid integer."),
        ({"status": "700"}, "status", "Must be less than or equal to 599."),
        ({"status": "500", "times": "0"}, "times", "Must be greater than or equal to 1."),
        ({"status": "500", "path": "api"}, "path", "Must begin with a slash or a *"),
        ({"status": "500", "path": "http://x/api"}, "path", "Is a URL"),
        ({"status": "500", "query": "x"}, "query", "Each line is a name, '=' and a value."),
        ({"headers": "A B: c"}, "headers", "Must have names that a header can have."),
        ({"delay_min": "-1", "delay_max": "2"}, "delay_min", "Must be greater than or equal to 0."),
        ({"delay_median": "1"}, "delay_sigma", "Is required."),
        ({"delay_min": "3", "delay_max": "2"}, "delay_ms", "Must have a min that is not above"),
        ({"sequence": "["}, "sequence", "Field 'sequence' must be JSON"),
        ({"sequence": "5"}, "sequence", "Must be a valid list."),
        ({"message": "x"}, "whole", "The effect must do something."),
        ({"times": "2"}, "whole", "The fault must have either an effect or a sequence."),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field(
    fields: dict[str, str], name: str, said: str
) -> None:
    async with console() as client:
        _, told = await _preview(client, PAGE, **fields)
        assert told.get(name, "").startswith(said), told


async def test_a_refused_fault_says_why_in_the_form() -> None:
    async with console() as client:
        said = await refusal(client, PAGE, status="700")
        assert said == "Parameter 'status' must be less than or equal to 599."
        assert (await client.get("/__admin/faults")).json()["faults"] == []


async def test_the_form_is_filled_in_by_its_address() -> None:
    async with console() as client:
        query = f"?method=post&path=/api/deferred/create&company={COMPANY}&status=503"
        page = (await client.get(f"{PAGE}/new{query}")).text
        assert '<option value="POST" selected>' in page
        assert 'value="/api/deferred/create"' in page
        assert f'<option value="{COMPANY}" selected>' in page
        assert "&#34;status&#34;: 503" in page
        assert 'id="whole-why" role="status"></p>' in page


async def test_an_empty_form_says_nothing_of_what_is_missing() -> None:
    async with console() as client:
        assert "must have either" not in await text(client, f"{PAGE}/new")


async def test_the_list_counts_and_shows_how_much_is_left() -> None:
    async with console() as client:
        await leads_to(client, PAGE, path="/api/deferred/*", status="503", times="2")
        sequence = '[{"status": 500}, null]'
        await leads_to(client, PAGE, path="/api/job/*", sequence=sequence, company=COMPANY)
        await client.post("/api/deferred/create", headers=WITH_KEY)
        page = await text(client, PAGE)
        assert "/api/deferred/* status 503 2 times every company 1 1 1 Clear" in page
        assert "/api/job/* status 500 nothing Demo Company 0 0 2 Clear" in page
        only_own = await text(client, f"{PAGE}?company={COMPANY}")
        assert "/api/deferred/*" not in only_own


async def test_the_lists_are_sent_again_only_when_they_have_changed() -> None:
    async with console() as client:
        await leads_to(client, PAGE, path="/api/deferred/*", status="503", times="2")
        page = (await client.get(PAGE)).text
        [path] = re.findall(r'hx-get="([^"]+)"', page)
        assert (await client.get(unescape(path))).status_code == 204
        await client.post("/api/deferred/create", headers=WITH_KEY)
        assert (await client.get(unescape(path))).status_code == 200


async def test_faults_are_cleared_one_by_one_of_a_company_or_all() -> None:
    async with console() as client:

        async def left() -> list[Any]:
            return [
                fault["company"] for fault in (await client.get("/__admin/faults")).json()["faults"]
            ]

        for company in ("", "", COMPANY):
            await leads_to(client, PAGE, status="503", company=company)
        first = (await client.get("/__admin/faults")).json()["faults"][0]["id"]
        assert await leads_to(client, f"{PAGE}/{first}/clear") == PAGE
        assert await left() == [None, COMPANY]
        assert f"Fault with ID {first} does not exist." in await refusal(
            client, f"{PAGE}/{first}/clear"
        )
        await leads_to(client, f"{PAGE}/clear?company={COMPANY}")
        assert await left() == [None]
        await leads_to(client, f"{PAGE}/clear")
        assert await left() == []


async def test_delivery_faults_have_a_form_of_their_own() -> None:
    async with console() as client:
        asked = {"company": COMPANY, "event": "job_*", "delay_s": "2.5", "times": "3", "skip": "1"}
        body, told = await _preview(client, DELIVERIES, **asked)
        assert (body["delay_s"], body["times"], told) == (2.5, 3, {})
        _, told = await _preview(client, DELIVERIES, **asked, lost="true")
        assert told["whole"].startswith("The fault must have exactly one effect")
        assert "exactly one effect" in await refusal(client, DELIVERIES, **asked, lost="true")
        await leads_to(client, DELIVERIES, **asked)
        assert "job_* delay_s 2.5 3 times after the first 1" in await text(client, PAGE)
        [made] = (await client.get("/__admin/webhook/faults")).json()["faults"]
        await leads_to(client, f"{DELIVERIES}/{made['id']}/clear")
        await leads_to(client, DELIVERIES, company=COMPANY, lost="true")
        await leads_to(client, f"{DELIVERIES}/clear?company={COMPANY}")
        assert (await client.get("/__admin/webhook/faults")).json()["faults"] == []


async def test_a_token_of_a_company_makes_and_sees_faults_of_that_one() -> None:
    async with held_to(COMPANY) as client:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        every = {"effect": {"status": 500}, "match": {"path": "/api/of-everybody"}}
        await client.post("/__admin/faults", json=every, headers=bearer)
        await leads_to(client, PAGE, status="503", path="/api/own")
        page = await text(client, PAGE)
        assert ("/api/own" in page, "/api/of-everybody" in page) == (True, False)
        await leads_to(client, f"{PAGE}/clear")
        left = (await client.get("/__admin/faults", headers=bearer)).json()["faults"]
        assert [fault["match"]["path"] for fault in left] == ["/api/of-everybody"]
