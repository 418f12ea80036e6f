"""What an entry says of a request."""

import httpx
import pytest

from alfred_mock.core.clock import from_wire
from alfred_mock.main import Application
from tests.alfred.calls import SESSION, SESSION_CREATE
from tests.control.journal.calls import JOURNAL, journal, last
from tests.support import COMPANY, LOGIN, UNKNOWN_ID, USER_NAME, WITH_KEY

pytestmark = pytest.mark.anyio

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_an_entry_says_all_there_is_to_say(
    app: Application, client: httpx.AsyncClient
) -> None:
    before = app.services.clock.real()
    headers = {**WITH_KEY, "X-Request-ID": "mine", "X-Custom": "1", "traceparent": TRACEPARENT}
    answer = await client.post(f"{SESSION_CREATE}?a=1&b=%2F", headers=headers, json={"ä": 1})
    entry = await last(client)
    assert before <= from_wire(entry.pop("at")) <= app.services.clock.real()
    assert 0 < entry.pop("duration_ms") < 60_000
    sent, answered = entry.pop("headers"), entry.pop("response_headers")
    assert entry == {
        "number": 1,
        "id": "mine",
        "company": COMPANY,
        "method": "POST",
        "path": SESSION_CREATE,
        "query": "a=1&b=%2F",
        "body": '{"ä":1}',
        "status": 200,
        "response_body": answer.text,
        "fault": None,
        "reason": None,
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }
    assert (sent["x-custom"], sent["content-type"]) == ("1", "application/json")
    assert answered["content-type"] == "application/json"
    assert answered["content-length"] == str(len(answer.content))


@pytest.mark.parametrize("headers", [{}, {"traceparent": "00-0-0-01"}])
async def test_an_entry_without_a_trace_says_so(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await client.get("/api/tagshelf/ping", headers=WITH_KEY | headers)
    assert (await last(client))["trace_id"] is None


async def test_requests_are_numbered_and_the_newest_is_last(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.get(f"/api/tagshelf/ping?{number}", headers=WITH_KEY)
    shown = (await client.get(JOURNAL)).json()
    assert (shown["total"], shown["dropped"]) == (3, 0)
    assert [entry["number"] for entry in shown["requests"]] == [1, 2, 3]
    assert [entry["query"] for entry in shown["requests"]] == ["0", "1", "2"]


async def test_what_is_no_call_of_the_api_is_not_in_it(client: httpx.AsyncClient) -> None:
    for path in ("/livez", "/readyz", "/docs", "/redoc", "/openapi.json", JOURNAL):
        assert (await client.get(path)).status_code == 200
    assert await journal(client) == []


@pytest.mark.parametrize(
    ("headers", "company", "reason"),
    [
        ({}, None, "neither X-TagshelfAPI-Key nor Authorization was sent"),
        ({"X-TagshelfAPI-Key": "wrong"}, None, "no company has this API key"),
        ({"Authorization": "Bearer x"}, None, "this access token was never handed out"),
        (WITH_KEY, COMPANY, f"Deferred Session with ID {UNKNOWN_ID} does not exist."),
    ],
)
async def test_a_refusal_says_whose_it_is_and_why(
    client: httpx.AsyncClient, headers: dict[str, str], company: str | None, reason: str
) -> None:
    await client.get(f"{SESSION}/{UNKNOWN_ID}", headers=headers)
    entry = await last(client)
    assert (entry["company"], entry["reason"]) == (company, reason)


@pytest.mark.parametrize(
    ("changed", "company", "reason"),
    [
        ({}, COMPANY, None),
        ({"password": "wrong"}, COMPANY, "the user's password is another one"),
        ({"username": "nobody"}, None, "no user has this name"),
    ],
)
async def test_a_login_is_its_users(
    client: httpx.AsyncClient, changed: dict[str, str], company: str | None, reason: str | None
) -> None:
    await client.post("/token", data={**LOGIN, **changed})
    entry = await last(client)
    assert (entry["company"], entry["reason"]) == (company, reason)


async def test_an_expired_token_says_since_when(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/token", data=LOGIN)).json()
    await client.put("/__admin/clock", json={"company": COMPANY, "advance_s": 3_000_000})
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert (await client.get("/api/tagshelf/ping", headers=headers)).status_code == 401
    entry = await last(client)
    assert entry["reason"].startswith("the access token expired at 20")
    assert entry["company"] == COMPANY
    assert USER_NAME not in entry["reason"]


@pytest.mark.parametrize(
    ("method", "path", "nearest"),
    [
        ("POST", "/api/deferred/creat", "POST /api/deferred/create"),
        ("GET", "/api/deferred/create", "POST /api/deferred/create"),
        ("POST", "/api/Deferred/Create", "POST /api/deferred/create"),
        ("GET", f"/api/deferred/details/{UNKNOWN_ID}", "GET /api/deferred/detail/{id}"),
        ("DELETE", "/token", "POST /token"),
        ("GET", "/api/tagshelf/pong", "GET /api/tagshelf/ping"),
        ("POST", "/api/file/uploadFile", "POST /api/file/uploadfile"),
    ],
)
async def test_an_unknown_route_names_the_nearest(
    client: httpx.AsyncClient, method: str, path: str, nearest: str
) -> None:
    assert (await client.request(method, path, headers=WITH_KEY)).status_code in (404, 405)
    assert (await last(client))["reason"] == f"no such route; the nearest is {nearest}"


async def test_a_fault_is_named_and_its_answer_is_shown(client: httpx.AsyncClient) -> None:
    headers = {**WITH_KEY, "X-Alfred-Mock-Fault": "404"}
    answer = await client.post(SESSION_CREATE, headers=headers, json={"seen": "all the same"})
    entry = await last(client)
    assert (entry["status"], entry["company"]) == (404, COMPANY)
    assert entry["fault"].startswith("header: ")
    assert (entry["reason"], entry["response_body"]) == (None, answer.text)
    assert entry["body"] == '{"seen":"all the same"}'


async def test_numbers_go_on_after_the_journal_was_emptied(client: httpx.AsyncClient) -> None:
    await client.post(SESSION_CREATE, headers=WITH_KEY)
    assert (await last(client))["number"] == 1
    assert (await client.delete(JOURNAL)).json() == {}
    await client.post(SESSION_CREATE, headers=WITH_KEY)
    assert [entry["number"] for entry in await journal(client, since=1)] == [2]


async def test_many_entries_are_shown_alike_and_in_pieces(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await client.get("/api/tag/all", headers=WITH_KEY)
    paths = ("/__admin/requests", "/__admin/requests/har")
    usual = [await client.get(path) for path in paths]
    monkeypatch.setattr("alfred_mock.control.journal.router.PAGE", 2)
    monkeypatch.setattr("alfred_mock.control.journal.store._PAGE", 2)
    for path, before in zip(paths, usual, strict=True):
        answer = await client.get(path)
        assert answer.content == before.content
        assert "content-length" not in answer.headers
