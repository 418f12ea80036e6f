"""Which requests a rule is for, and which rule decides."""

import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from alfred_mock.auth.tables import AccessToken
from alfred_mock.control.faults.rules import ActiveRule, FaultRule
from alfred_mock.database import Statement
from alfred_mock.main import Application
from tests.auth.vectors import amx
from tests.control.faults.serving import CREATE, FAULTS, PING, make
from tests.support import COMPANY, HMAC_ID, LOGIN, ORIGIN, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

_DETAIL = f"/api/deferred/detail/{UNKNOWN_ID}"
_FAULT = {"status": 418}
_EXPIRE = Statement(update(AccessToken).values(expires_at=1))


@pytest.mark.parametrize(
    ("match", "matched"),
    [
        ({}, True),
        ({"method": "GET"}, True),
        ({"method": "get"}, True),
        ({"method": "POST"}, False),
        ({"path": _DETAIL}, True),
        ({"path": f"*/detail/{UNKNOWN_ID}"}, True),
        ({"path": "/api/*"}, True),
        ({"path": "/api/deferred"}, False),
        ({"path": "/API/*"}, False),
        ({"path": "*/detail/?56f[0-9]*"}, True),
        ({"query": {"page": "2"}}, True),
        ({"query": {"page": "[0-9]", "tag": "A*"}}, True),
        ({"query": {"page": "3"}}, False),
        ({"query": {"page": "2", "other": "*"}}, False),
        ({"query": {"empty": ""}}, True),
        ({"header": {"x-test": "one"}}, True),
        ({"header": {"X-Test": "t*"}}, True),
        ({"header": {"X-Test": "three"}}, False),
        ({"header": {"X-Test": "one", "X-Other": "*"}}, False),
        ({"method": "GET", "path": "/api/*", "header": {"X-Test": "one"}}, True),
        ({"method": "PUT", "path": "/api/*", "header": {"X-Test": "one"}}, False),
    ],
)
def test_a_request_must_be_like_all_that_is_given(match: dict[str, Any], matched: bool) -> None:
    rule = FaultRule.model_validate({"match": match, "effect": _FAULT})
    headers = [(b"x-test", b"one"), (b"x-test", b"two")]
    query = b"page=1&page=2&tag=A%20B&empty="
    scope = {"method": "GET", "path": _DETAIL, "query_string": query, "headers": headers}
    assert ActiveRule("id", rule).matches(scope) is matched


async def test_one_of_many_like_requests(client: httpx.AsyncClient) -> None:
    await make(client, _FAULT, match={"method": "get", "path": "*/detail/*", "header": {"A": "b"}})
    for headers, status in (({}, 404), ({"a": "b"}, 418), ({"a": "c"}, 404)):
        answer = await client.get(_DETAIL, headers={**WITH_KEY, **headers})
        assert answer.status_code == status


async def test_the_first_rule_decides_until_it_is_exhausted(client: httpx.AsyncClient) -> None:
    await make(client, {"status": 500}, times=2)
    await make(client, {"status": 503}, every=2)
    await make(client, {"status": 504})
    answers = [(await client.get(PING, headers=WITH_KEY)).status_code for _ in range(6)]
    assert answers == [500, 500, 200, 503, 200, 503]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/docs", "/redoc", "/openapi.json"])
async def test_health_and_documentation_never_fail(client: httpx.AsyncClient, path: str) -> None:
    await make(client, _FAULT)
    answer = await client.get(path, headers={"X-Alfred-Mock-Fault": "503"})
    assert answer.status_code == 200
    assert (await client.get(FAULTS)).json()["faults"][0]["seen"] == 0


class TestCompany:
    """A rule of a company is for requests that show its credentials, whether they hold or not."""

    async def test_by_api_key(self, client: httpx.AsyncClient) -> None:
        await make(client, _FAULT, company=COMPANY)
        assert await self._status(client, WITH_KEY) == 418
        assert await self._status(client, {"X-TagshelfAPI-Key": "another"}) == 401

    async def test_by_an_expired_token(self, app: Application, client: httpx.AsyncClient) -> None:
        token = (await client.post("/token", data=LOGIN)).json()["access_token"]
        await app.services.database.write(_EXPIRE())
        headers = {"Authorization": f"Bearer {token}"}
        assert await self._status(client, headers) == 401
        await make(client, _FAULT, company=COMPANY)
        assert await self._status(client, headers) == 418

    async def test_by_an_hmac_id_with_a_wrong_signature(self, client: httpx.AsyncClient) -> None:
        nonce, now = str(uuid.uuid4()), int(time.time())
        signed = amx(HMAC_ID, "d3Jvbmc=", "GET", ORIGIN + PING, nonce=nonce, timestamp=now)
        assert await self._status(client, {"Authorization": signed}) == 401
        await make(client, _FAULT, company=COMPANY)
        assert await self._status(client, {"Authorization": signed}) == 418
        assert await self._status(client, {"Authorization": f"amx {HMAC_ID}"}) == 418
        assert await self._status(client, {"Authorization": "amx nobody:a:b:1"}) == 401

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}])
    async def test_nobody_is_of_no_company(
        self, client: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        await make(client, _FAULT, company=COMPANY)
        assert await self._status(client, headers) == 401
        shown = (await client.get(FAULTS)).json()["faults"]
        assert shown[0]["seen"] == 0
        await make(client, _FAULT)
        assert await self._status(client, headers) == 418

    async def _status(self, client: httpx.AsyncClient, headers: dict[str, str]) -> int:
        return (await client.get(PING, headers=headers)).status_code


async def test_a_rule_does_not_hold_up_what_it_is_not_for(client: httpx.AsyncClient) -> None:
    await make(client, _FAULT, match={"path": PING})
    assert (await client.post(CREATE, headers=WITH_KEY)).status_code == 200


async def test_a_rule_of_a_company_is_for_the_log_ins_of_its_users(
    app: Application, client: httpx.AsyncClient
) -> None:
    other = (await client.post("/__admin/companies")).json()
    theirs = {
        "grant_type": "password",
        "username": other["user"]["user_name"],
        "password": other["user"]["password"],
    }
    rule = await make(client, {"status": 503}, match={"path": "/token"}, company=COMPANY, times=1)
    assert (await client.post("/token", data=theirs)).status_code == 200
    assert (await client.post("/token", data={"grant_type": "password"})).status_code == 400
    assert (await client.post("/token", content=b"\xff\x00")).status_code == 400
    assert (await client.post("/token", data=LOGIN)).status_code == 503
    assert (await client.post("/token", data=LOGIN)).status_code == 200
    (listed,) = (await client.get(FAULTS, params={"company": COMPANY})).json()["faults"]
    assert (listed["id"], listed["seen"]) == (rule["id"], 1)
    found = await client.get(
        "/__admin/requests", params={"company": COMPANY, "path": "/token", "status": 503}
    )
    assert found.json()["total"] == 1


async def test_the_form_is_read_whole_in_whatever_pieces_it_comes(
    client: httpx.AsyncClient,
) -> None:
    await make(client, {"delay_ms": 1}, company=COMPANY)

    async def pieces() -> AsyncIterator[bytes]:
        for byte in httpx.Request("POST", ORIGIN, data=LOGIN).content:
            yield bytes([byte])

    assert (await client.post("/token", content=pieces())).status_code == 200
    large = await client.post("/token", content=b"a" * 200_000)
    assert (large.status_code, large.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("http://127.0.0.1:8000/api/deferred/create", "write '/api/deferred/create'"),
        ("https://alfred.example.com", "write '/'"),
        ("https://x/api/job?a=b", "write '/api/job'"),
        ("api/deferred/*", "write '/api/deferred/*'"),
        (" /api/deferred/*", "write '/api/deferred/*'"),
        ("/api/job?currentPage=2", "write '/api/job', and put 'currentPage=2' into 'query'"),
        ("/__admin/seed", "never fails"),
        ("/readyz", "never fails"),
    ],
)
async def test_a_path_that_can_never_match_is_refused(
    client: httpx.AsyncClient, path: str, instead: str
) -> None:
    answer = await client.post(FAULTS, json={"effect": _FAULT, "match": {"path": path}})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Parameter 'match.path' ")
    assert instead in answer.json()["message"]


@pytest.mark.parametrize("path", ["*", "**/create", "?api*", "[/]api", "/a?b", "/a=b"])
async def test_every_glob_that_can_match_is_taken(client: httpx.AsyncClient, path: str) -> None:
    await make(client, _FAULT, match={"path": path})
