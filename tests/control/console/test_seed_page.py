"""The seed by the console: shown, checked while one types, loaded and exported."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from alfred_mock.control.console import seed
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
from tests.support import COMPANY, SECRET_KEY, WITH_KEY

pytestmark = pytest.mark.anyio

PAGE = f"{CONSOLE}/seed"
OTHER = "5b0f3a52-8f0e-4d55-8e9d-5a1c7be5a0f4"
LOADED = f"{PAGE}?loaded=1"
YAML = f"""
companies:
  - id: {OTHER}
    name: Another
    deferred_sessions:
      - id: 0f767925-b464-4ffa-b621-1a0aeacad257
        creation_date: 2022-11-17
        user_name: API Key 1
"""


async def _shown(client: httpx.AsyncClient, path: str = PAGE) -> Any:
    page = (await client.get(path)).text
    [document] = re.findall(r"<textarea id=\"text\"[^>]*>(.*?)</textarea>", page, re.DOTALL)
    return json.loads(unescape(document))


async def _checked(client: httpx.AsyncClient, given: str, path: str = PAGE) -> str:
    answer = await client.post(f"{path}/check", data={"text": given})
    assert answer.status_code == 200
    return text_of(answer.text)


async def _names(client: httpx.AsyncClient) -> list[str]:
    companies = (await client.get("/__admin/companies")).json()["companies"]
    return [company["name"] for company in companies]


async def test_what_is_shown_can_be_changed_and_loaded() -> None:
    async with console() as client:
        document = await _shown(client)
        document["companies"][0]["tags"].append({"name": "RECIBO"})
        assert await leads_to(client, PAGE, text=json.dumps(document)) == LOADED
        assert "The seed is loaded." in await text(client, LOADED)
        assert "RECIBO" in json.dumps(await _shown(client))


async def test_a_database_of_either_kind_is_shown(client: httpx.AsyncClient) -> None:
    assert [company["id"] for company in (await _shown(client))["companies"]] == [COMPANY]


async def test_yaml_is_as_good_and_so_are_files() -> None:
    async with console() as client:
        assert "Nothing is wrong" in await _checked(client, YAML)
        assert await leads_to(client, PAGE, text=YAML) == LOADED
        for name, content in (
            ("seed.json", json.dumps({"companies": [{"id": OTHER, "name": "By JSON"}]})),
            ("seed.toml", f'[[companies]]\nid = "{OTHER}"\nname = "By TOML"\n'),
            ("seed.yaml", f"companies: [{{id: {OTHER}, name: By YAML}}]"),
        ):
            answer = await client.post(PAGE, files={"file": (name, content.encode())})
            assert (answer.status_code, answer.headers["Location"]) == (303, LOADED)
            assert f"By {name.rpartition('.')[2].upper()}" in await _names(client)


@pytest.mark.parametrize(
    ("given", "place", "said"),
    [
        ('{"companies": [', "syntax", "line 1 column 16"),
        ('{"a": 1, "a": 2}', "syntax", "'a' is given twice"),
        ("a: [", "syntax", "line 1"),
        ("2022-11-17: x", "syntax", "Keys must be text"),
        ("[" * 100_000, "syntax", "nested too deeply"),
        ('{"companys": []}', "companys", "there is no such key; the nearest is companies"),
        (f'{{"companies": [{{"id": "{OTHER}"}}]}}', "companies[0].name", "required"),
        (
            f'{{"companies": [{{"id": "{OTHER}", "name": "A", "users": [{{}}]}}]}}',
            "companies[0].users[0].user_name",
            "required",
        ),
        ("just text", "document", "dictionary"),
    ],
)
async def test_what_is_wrong_is_told_with_its_place(given: str, place: str, said: str) -> None:
    async with console() as client:
        checked = await _checked(client, given)
        assert place in checked
        assert said in checked
        assert await refusal(client, PAGE, text=given)
        assert await _names(client) == ["Demo Company"]


async def test_a_file_that_is_no_text_is_refused() -> None:
    async with console() as client:
        files = {"file": ("seed.json", b"\xff\xfe")}
        answer = await client.post(PAGE, files=files, headers=BY_HTMX)
        assert (answer.status_code, "UTF-8" in answer.text) == (400, True)


async def test_a_company_may_be_given_alone() -> None:
    async with console() as client:
        own = f"?company={COMPANY}"
        part = json.dumps({"tags": [{"name": "RECIBO"}]})
        answer = await client.post(f"{PAGE}/check{own}", data={"text": part})
        assert "Nothing is wrong" in answer.text
        assert await leads_to(client, f"{PAGE}{own}", text=part) == f"{PAGE}{own}&loaded=1"
        assert "RECIBO" in json.dumps(await _shown(client, f"{PAGE}{own}"))
        assert "another company than" in await refusal(client, f"{PAGE}{own}", text=YAML)


async def test_an_export_is_a_file_with_the_content_of_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seed, "MOST_CONTENT", 3)
    async with console() as client:
        session = (await client.post("/api/deferred/create", headers=WITH_KEY)).json()
        for name in ("a.txt", "b.txt"):
            assert "is large" not in await text(client, PAGE)
            await client.post(
                "/api/file/uploadfile",
                headers=WITH_KEY,
                data=session,
                files={"file": (name, b"ab")},
            )
            if name == "a.txt":
                assert "YWI=" in json.dumps(await _shown(client))
        assert "is large" in await text(client, PAGE)
        assert "YWI=" not in json.dumps(await _shown(client))
        exported = await client.get(f"{PAGE}/export")
        assert exported.headers["Content-Disposition"].startswith("attachment;")
        assert exported.text.count("YWI=") == 2
        assert "demo-password" in exported.text


async def test_secrets_that_are_sealed_are_not_shown() -> None:
    async with console(secret_key=SECRET_KEY) as client:
        for path in (PAGE, f"{PAGE}/export"):
            assert "demo-password" not in (await client.get(path)).text


async def test_a_token_of_a_company_sees_and_loads_only_its_own() -> None:
    async with held_to(COMPANY) as client:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        other = (await client.post("/__admin/companies", headers=bearer)).json()
        for path in (PAGE, f"{PAGE}/export"):
            page = (await client.get(path)).text
            assert (COMPANY in page, other["id"] in page) == (True, False)
        assert (await client.get(f"{PAGE}/export?company={other['id']}")).status_code == 403
        assert "another company than" in await refusal(client, PAGE, text=YAML)
        assert await leads_to(client, PAGE, text=json.dumps({"tags": [{"name": "X"}]})) == LOADED
