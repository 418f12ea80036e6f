"""Asking for some of the journal."""

from typing import Any

import httpx
import pytest

from alfred_mock.core.clock import to_wire
from alfred_mock.main import Application
from tests.alfred.calls import SESSION, SESSION_CREATE
from tests.control.journal.calls import JOURNAL, journal
from tests.support import API_KEY, COMPANY, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"


@pytest.fixture
async def filled(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of an application with five entries: 200, 200, 404, 401, 404."""
    await client.get(PING, headers=WITH_KEY)
    await client.post(SESSION_CREATE, headers=WITH_KEY)
    await client.get(f"{SESSION}/{UNKNOWN_ID}", headers=WITH_KEY)
    await client.get(PING)
    await client.post("/no/such/route")
    return client


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"company": COMPANY}, [1, 2, 3]),
        ({"company": API_KEY}, [1, 2, 3]),
        ({"method": "post"}, [2, 5]),
        ({"path": PING}, [1, 4]),
        ({"path": "/api/*"}, [1, 2, 3, 4]),
        ({"path": "*/deferred/*"}, [2, 3]),
        ({"path": "/api/tagshelf/p?ng"}, [1, 4]),
        ({"path": "/API/*"}, []),
        ({"status": 200}, [1, 2]),
        ({"status": "4xx"}, [3, 4, 5]),
        ({"status": "4XX", "company": COMPANY}, [3]),
        ({"status": 0}, []),
        ({"since": 3}, [4, 5]),
        ({"since": 10**30}, []),
        ({"since": "2000-01-01T00:00:00"}, [1, 2, 3, 4, 5]),
        ({"since": "2999-01-01T00:00:00.000Z"}, []),
        ({"limit": 2}, [4, 5]),
        ({"limit": 0}, []),
        ({"limit": 1, "path": "/api/*"}, [4]),
        ({"limit": 2, "status": 404, "method": "GET"}, [3]),
    ],
    ids=str,
)
async def test_filters(
    filled: httpx.AsyncClient, filters: dict[str, Any], numbers: list[int]
) -> None:
    assert [entry["number"] for entry in await journal(filled, **filters)] == numbers


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("currentPage=2", [1]),
        ("currentPage=*", [1, 2]),
        ("currentPage=*&pageSize=10", [1]),
        ("pageSize=10&currentPage=[0-9]", [1]),
        ("currentpage=2", []),
        ("name=a%26b%20c", [2]),
        ("empty=", [3]),
    ],
)
async def test_parameters_of_the_query(
    client: httpx.AsyncClient, query: str, numbers: list[int]
) -> None:
    for asked in ("currentPage=2&pageSize=10", "currentPage=30&name=a%26b+c", "empty="):
        await client.get(f"{PING}?{asked}")
    found = await journal(client, query=query, path=PING)
    assert [entry["number"] for entry in found] == numbers
    counted = await client.get(f"{JOURNAL}/count", params={"query": query})
    assert counted.json() == {"count": len(numbers)}


async def test_total_and_count_do_not_know_the_limit(filled: httpx.AsyncClient) -> None:
    for path in ("*", "/api/*"):
        shown = (await filled.get(JOURNAL, params={"limit": 1, "path": path})).json()
        counted = await filled.get(f"{JOURNAL}/count", params={"path": path})
        assert shown["total"] == counted.json()["count"] == (5 if path == "*" else 4)
    counted = await filled.get(f"{JOURNAL}/count", params={"status": "4xx"})
    assert counted.json() == {"count": 3}


async def test_since_a_date_begins_with_it(app: Application, filled: httpx.AsyncClient) -> None:
    newest = (await journal(filled))[-1]["at"]
    assert (await journal(filled, since=newest))[-1]["number"] == 5
    later = to_wire(app.services.clock.real() + 1)
    assert await journal(filled, since=later) == []


async def test_a_glob_finds_what_is_far_back(app: Application, client: httpx.AsyncClient) -> None:
    await client.get("/far/back")
    for _ in range(250):
        await client.get("/livez/")
    assert [entry["number"] for entry in await journal(client, path="/far/*")] == [1]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("compny=x", "Parameter 'compny' is not known; the nearest is 'company'."),
        ("pth=x", "Parameter 'pth' is not known; the nearest is 'path'."),
        ("status=4", None),
        ("status=4yy", "Parameter 'status' must be a status such as 404, or 4xx."),
        (
            "since=yesterday",
            "Parameter 'since' must be the number of an entry or a date such as"
            " 2022-11-17T00:00:00.000.",
        ),
        ("limit=-1", "Parameter 'limit' must be greater than or equal to 0."),
        ("limit=1_0", "Parameter 'limit' must be a number such as 5."),
        ("limit=%205", "Parameter 'limit' must be a number such as 5."),
        (
            "path=http://127.0.0.1:8000/api/tag/all",
            "Parameter 'path' is a URL, but a path is only what follows the host:"
            " write '/api/tag/all'.",
        ),
        (
            "path=/api/job?currentPage=2",
            "Parameter 'path' has a query, which is no part of a path: write '/api/job', and put"
            " 'currentPage=2' into 'query'.",
        ),
        ("path=api/*", "Parameter 'path' must begin with a slash or a *: write '/api/*'."),
        ("path=", "Parameter 'path' must begin with a slash or a *: write '/'."),
        (
            "path=/livez",
            "Parameter 'path' is the path of a service, which never fails and is in no journal.",
        ),
        ("query=x", "Parameter 'query' must be parameters such as currentPage=2&pageSize=*."),
        ("query=?x=1", "Parameter 'query' must be parameters such as currentPage=2&pageSize=*."),
        (
            "since=2022-W01-1",
            "Parameter 'since' must be the number of an entry or a date such as"
            " 2022-11-17T00:00:00.000.",
        ),
    ],
)
@pytest.mark.parametrize("where", ["", "/har"])
async def test_what_is_not_understood_is_refused(
    client: httpx.AsyncClient, where: str, query: str, message: str | None
) -> None:
    answer = await client.get(f"{JOURNAL}{where}?{query}")
    if message is None:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["message"]) == (400, message)


@pytest.mark.parametrize(("where", "query"), [("/count", "limit=1"), ("", "count=1")])
async def test_what_belongs_elsewhere_is_refused(
    client: httpx.AsyncClient, where: str, query: str
) -> None:
    assert (await client.get(f"{JOURNAL}{where}?{query}")).status_code == 400


@pytest.mark.parametrize("company", [UNKNOWN_ID, "nobody"])
@pytest.mark.parametrize("where", ["", "/count", "/wait", "/har"])
async def test_a_company_that_is_not_there_is_unknown(
    client: httpx.AsyncClient, where: str, company: str
) -> None:
    answer = await client.get(JOURNAL + where, params={"company": company})
    assert answer.status_code == 404


async def test_emptying_the_journal_of_an_unknown_company_is_refused(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.delete(JOURNAL, params={"company": UNKNOWN_ID})
    assert answer.status_code == 404
    assert (await client.delete(JOURNAL, params={"compny": COMPANY})).status_code == 400


async def test_requests_of_no_company_can_be_asked_for(client: httpx.AsyncClient) -> None:
    for headers in (WITH_KEY, {}, {"X-TagshelfAPI-Key": "mistyped"}):
        await client.get("/api/tagshelf/ping", headers=headers)
    nobodys = await journal(client, anonymous="true", status="4xx")
    assert [(entry["company"], entry["status"]) for entry in nobodys] == [(None, 401)] * 2
    assert all(entry["reason"] for entry in nobodys)
    assert len(await journal(client, anonymous="false")) == 3
    refused = await client.get(JOURNAL, params={"anonymous": "true", "company": COMPANY})
    assert refused.status_code == 400
    assert "'anonymous'" in refused.json()["message"]
