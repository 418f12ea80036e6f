"""A seed over HTTP is read like a file, and loaded like one."""

import json
from typing import Any

import httpx
import pytest

from alfred_mock.control.seed import router as seed_router
from alfred_mock.control.seed.loading import stored_document
from alfred_mock.main import Application
from tests.control.admin import SEED
from tests.control.seed.documents import (
    A_TAG,
    FULL,
    OTHER,
    SESSION,
    WITH_OTHER_KEY,
    company,
    everything,
)
from tests.support import COMPANY, LOGIN, WITH_KEY, client_of

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


async def _put(app: Application, document: Any, **query: str) -> httpx.Response:
    async with client_of(app) as admin:
        return await admin.put(SEED, json=document, params=query)


async def _refused(app: Application, document: Any, **query: str) -> str:
    before = await everything(app.services)
    answer = await _put(app, document, **query)
    assert answer.status_code == 400
    assert await everything(app.services) == before
    assert list(answer.json()) == ["error", "message"]
    return str(answer.json()["message"])


async def test_what_was_put_is_answered_and_can_be_used(
    app: Application, client: httpx.AsyncClient
) -> None:
    answer = await _put(app, company(**FULL))
    assert answer.status_code == 200
    assert answer.json() == company(**FULL)
    shown = await client.get(f"/api/deferred/detail/{SESSION}", headers=WITH_OTHER_KEY)
    assert shown.status_code == 200


async def test_putting_it_again_changes_nothing(app: Application) -> None:
    await _put(app, company(**FULL))
    before = await everything(app.services)
    assert (await _put(app, company(**FULL))).status_code == 200
    assert await everything(app.services) == before


async def test_a_changed_password_holds_when_it_is_answered(
    app: Application, client: httpx.AsyncClient
) -> None:
    user = {"user_name": "SuperTagShelf", "password": "new"}
    answer = await _put(app, {"users": [user]}, company="SuperTagShelf")
    assert answer.status_code == 200
    assert (await client.post("/token", data=LOGIN)).status_code == 400
    assert (await client.post("/token", data={**LOGIN, "password": "new"})).status_code == 200


async def test_a_part_is_the_named_companys(app: Application, client: httpx.AsyncClient) -> None:
    part = {"tags": [A_TAG]}
    answer = await _put(app, part, company="alfred-mock-demo-key")
    assert answer.json() == {"companies": [{"id": COMPANY, "name": "Demo Company", **part}]}
    tags = (await client.get("/api/tag/all", headers=WITH_KEY)).json()
    assert [tag["name"] for tag in tags] == ["RECIBO", "FACTURA"]
    stored = await stored_document(app.services, COMPANY)
    assert stored.companies[0].tag_names == ["RECIBO"]


async def test_a_whole_document_may_be_of_the_named_company_only(app: Application) -> None:
    assert (await _put(app, company(COMPANY, name="Other"), company=COMPANY)).status_code == 200
    wrong = "The seed is one of another company than the one that is named."
    assert await _refused(app, company(), company=COMPANY) == wrong
    assert await _refused(app, {"id": OTHER, "rules": []}, company=COMPANY) == wrong


async def test_all_that_is_wrong_is_named_with_its_place(app: Application) -> None:
    session = {"id": SESSION, "creation_date": "yesterday", "user_name": 1}
    message = await _refused(
        app, {"companies": [{"id": OTHER, "nam": "x", "deferred_sessions": [session]}]}
    )
    assert message.splitlines() == [
        "seed: companies[0].name: Field required",
        "seed: companies[0].deferred_sessions[0].creation_date: must be a date such as"
        " 2022-11-17T00:00:00.000",
        "seed: companies[0].deferred_sessions[0].user_name: must be text (put it in quotes)",
        "seed: companies[0].nam: there is no such key; the nearest is name",
    ]


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"rules": [{"tag": "FACTURAS"}]}, "there is no tag FACTURAS; the nearest is FACTURA"),
        ({"api_keys": [{"key": "x"}, {"key": "x"}]}, "the API key is given more than once"),
        ({"users": [{"user_name": "SuperTagShelf", "password": "x"}]}, "belongs to another"),
        ({"rules": [{"metadata": {"a": json.loads("[" * 101 + "]" * 101)}}]}, "must be JSON"),
    ],
)
async def test_what_does_not_fit_is_refused(
    app: Application, part: dict[str, Any], problem: str
) -> None:
    assert problem in await _refused(app, company(**part))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "must be a JSON object"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"{", "must be a JSON object: "),
        (b"\xff", "must be a JSON object: "),
        (b'{"companies": [], "companies": []}', "'companies' is given twice in one object"),
        (b'{"companies": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "must be a JSON object: "),
    ],
)
async def test_a_body_that_is_no_document_is_refused(
    app: Application, body: bytes, problem: str
) -> None:
    async with client_of(app) as admin:
        answer = await admin.put(SEED, content=body, headers=JSON)
    assert answer.status_code == 400
    assert problem in answer.json()["message"]


async def test_a_body_is_read_whatever_its_type(app: Application) -> None:
    async with client_of(app) as admin:
        headers = {"Content-Type": "text/plain"}
        answer = await admin.put(SEED, content=b'{"companies": []}', headers=headers)
    assert answer.json() == {"companies": []}


async def test_a_body_that_is_too_large_is_refused(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed_router, "SEED_BYTES", 10)
    assert (await _put(app, company())).status_code == 413


async def test_a_company_that_is_not_there_is_not_found(app: Application) -> None:
    assert (await _put(app, {}, company="nobody")).status_code == 404
