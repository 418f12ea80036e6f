"""Companies by the console: made, with credentials that are shown once, reset, removed."""

import re

import pytest

from alfred_mock.control.company_tokens import token_of
from tests.control.console.forms import (
    BY_HTMX,
    CONSOLE,
    TOKEN,
    console,
    held_to,
    leads_to,
    refusal,
    text,
    text_of,
)
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

PAGE = f"{CONSOLE}/companies"


async def test_a_new_company_shows_credentials_that_are_good_and_only_then() -> None:
    async with console() as client:
        made = await client.post(PAGE, data={"name": "Acme", "ttl_s": "3600"})
        assert made.status_code == 200
        [key] = re.findall(r'id="made-api-key">([^<]+)<', made.text)
        whoami = await client.get("/api/tagshelf/who-am-i", headers={"X-TagshelfAPI-Key": key})
        assert whoami.json()["company_name"] == "Acme"
        page = await client.get(PAGE)
        assert "Acme" in page.text
        assert key not in page.text
        [company] = (await client.get("/__admin/companies")).json()["companies"][1:]
        assert company["expires"] is not None


async def test_a_company_begins_with_its_seed() -> None:
    async with console() as client:
        await client.post(PAGE, data={"seed": '{"tags": [{"name": "FACTURA"}]}'})
        seed = (await client.get("/__admin/seed")).json()["companies"]
        assert [tag["name"] for company in seed for tag in company.get("tags", [])][-1] == "FACTURA"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ttl_s": "soon"}, "Parameter 'ttl_s' must be a valid number."),
        ({"ttl_s": "0"}, "Parameter 'ttl_s' must be greater than 0."),
        ({"seed": "{"}, "Field 'seed' must be JSON: Expecting property name"),
        ({"seed": '{"tag": []}'}, "companies[0].tag: there is no such key; the nearest is tags"),
        ({"seed": "[" * 100_000}, "Field 'seed' is nested too deeply."),
    ],
)
async def test_a_refusal_is_told_in_the_form(fields: dict[str, str], said: str) -> None:
    async with console() as client:
        assert said in await refusal(client, PAGE, **fields)
        # Without scripts it is a page of the console.
        answer = await client.post(PAGE, data=fields)
        assert answer.status_code == 400
        assert said in text_of(answer.text)
        assert "<nav" in answer.text


async def test_a_form_with_a_file_is_refused() -> None:
    async with console() as client:
        answer = await client.post(PAGE, files={"name": b"x"})
        assert answer.status_code == 400


async def test_a_reset_goes_back_to_the_seed() -> None:
    async with console() as client:
        await client.post("/api/deferred/create", headers=WITH_KEY)
        path = f"{PAGE}/{COMPANY}/reset"
        assert await leads_to(client, f"{path}?company={COMPANY}") == f"{PAGE}?company={COMPANY}"
        [company] = (await client.get("/__admin/seed")).json()["companies"]
        assert not company.get("deferred_sessions")


async def test_a_removed_company_has_gone_and_its_page_does_not_name_it() -> None:
    async with console() as client:
        path = f"{PAGE}/{COMPANY}/remove?company={COMPANY}"
        assert await leads_to(client, path) == PAGE
        assert "There is no company yet" in await text(client, PAGE)
        assert "There is no company with this id" in await refusal(client, path)


async def test_a_token_of_a_company_sees_and_changes_only_that_one() -> None:
    async with held_to(COMPANY) as client:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        other = (await client.post("/__admin/companies", headers=bearer)).json()
        page = await client.get(PAGE)
        assert (COMPANY in page.text, other["id"] in page.text) == (True, False)
        assert "New company" not in page.text
        made = await client.post(PAGE, data={"name": "Acme"}, headers=BY_HTMX)
        assert (made.status_code, "not for the token" in made.text) == (403, True)
        for what in ("reset", "remove"):
            path = f"{PAGE}/{other['id']}/{what}"
            assert "This token is one company's" in await refusal(client, path)
            assert "one company's" in await refusal(client, f"{PAGE}/{UNKNOWN_ID}/{what}")
        assert token_of(other["id"], TOKEN) not in page.text
        assert await leads_to(client, f"{PAGE}/{COMPANY}/reset") == PAGE
