"""`GET /metrics`: who may ask, and what it says of requests, journal, jobs and database."""

import httpx
import pytest

from alfred_mock.control.company_tokens import token_of
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.alfred.calls import upload
from tests.support import (
    API_KEY,
    COMPANY,
    LOGIN,
    UNKNOWN_ID,
    WITH_KEY,
    application,
    client_of,
)
from tests.telemetry.readings import readings, value

pytestmark = pytest.mark.anyio

TOKEN = "only-for-testers"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
DETAIL = "/api/deferred/detail/{id}"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        _env_file=None, database_url=database_url, metrics=True, admin_token=TOKEN, journal="on"
    )


async def _text(client: httpx.AsyncClient) -> str:
    answer = await client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return answer.text


async def test_it_is_prometheus_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers=BEARER)
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert all(name.startswith("alfred_mock_") for name in readings(answer.text))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer another"}, 401),
        ({"Authorization": f"Bearer {token_of(COMPANY, TOKEN)}"}, 403),
        (BEARER | {"Origin": "https://elsewhere.example"}, 403),
        (WITH_KEY, 401),
    ],
)
async def test_only_the_control_token_opens_it(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message"}


async def test_it_takes_nothing_but_get(client: httpx.AsyncClient) -> None:
    answer = await client.post("/metrics", headers=BEARER)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert set(answer.json()) == {"error", "message"}


async def test_it_is_not_there_unless_asked_for() -> None:
    settings = Settings(_env_file=None, database_url="sqlite:///:memory:", admin_token=TOKEN)
    async with application(create_app(settings)) as app, client_of(app) as client:
        answer = await client.get("/metrics", headers=BEARER)
    assert answer.status_code == 404
    assert answer.json()["message"] == "No resource matches GET /metrics."


async def test_requests_are_counted_by_route_scheme_and_status(client: httpx.AsyncClient) -> None:
    token = (await client.post("/token", data=LOGIN)).json()["access_token"]
    for headers in (WITH_KEY, WITH_KEY, {"Authorization": f"Bearer {token}"}, {}):
        await client.get(f"/api/deferred/detail/{UNKNOWN_ID}", headers=headers)
    await client.get("/api/deferred/detail/no-uuid", headers=WITH_KEY)
    await client.get("/api/deferred/detail/x", headers={"X-TagshelfAPI-Key": "wrong"})
    text = await _text(client)
    counted = {
        (dict(labels)["scheme"], dict(labels)["status"]): count
        for labels, count in readings(text)["alfred_mock_http_requests_total"].items()
        if dict(labels)["route"] == DETAIL
    }
    assert counted == {
        ("api_key", "404"): 2,
        ("oauth", "404"): 1,
        ("none", "401"): 1,
        ("api_key", "400"): 1,
        ("api_key", "401"): 1,
    }
    assert value(text, "http_request_duration_seconds_count", route=DETAIL) == 6
    assert 0 < value(text, "http_request_duration_seconds_sum", route=DETAIL) < 60
    assert value(text, "http_requests_total", route="/token", method="POST", status="200") == 1


async def test_how_long_a_stream_was_read_is_no_duration(client: httpx.AsyncClient) -> None:
    stream = "/__admin/requests/stream"
    await client.get(stream, headers=BEARER, params={"timeout": 0})
    text = await _text(client)
    assert value(text, "http_requests_total", route=stream) == 1
    assert value(text, "http_request_duration_seconds_count", route=stream) == 0


async def test_routes_of_the_control_api_have_their_prefix(client: httpx.AsyncClient) -> None:
    await client.get("/__admin/clock", headers=BEARER)
    await client.get(f"/__admin/companies/{COMPANY}", headers=BEARER)
    text = await _text(client)
    assert value(text, "http_requests_total", route="/__admin/clock") == 1
    assert value(text, "http_requests_total", method="GET", route=DETAIL) == 0


async def test_a_stranger_makes_no_labels(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await client.request(f"BREW{number}", f"/nowhere/{number}")
    text = await _text(client)
    assert value(text, "http_requests_total", method="other", route="unmatched", status="404") == 5
    assert "nowhere" not in text
    assert "BREW" not in text


async def test_the_request_that_asks_is_under_way(client: httpx.AsyncClient) -> None:
    assert value(await _text(client), "http_requests_in_progress") == 1


async def test_the_journal_is_counted(app: Application, client: httpx.AsyncClient) -> None:
    await client.get("/api/tagshelf/ping", headers=WITH_KEY)
    before = await _text(client)
    stored = value(before, "journal_entries_total", outcome="stored")
    assert value(before, "journal_entries_waiting") + stored == 1
    await app.control.recorder.flush()
    after = await _text(client)
    assert value(after, "journal_entries_total", outcome="stored") == 1
    assert value(after, "journal_entries_waiting") == 0


async def test_jobs_are_counted_and_the_stages_they_are_found_in(
    client: httpx.AsyncClient,
) -> None:
    session = (await client.post("/api/deferred/create", headers=WITH_KEY)).json()["session_id"]
    await upload(client, session)
    created = await client.post("/api/job/create", headers=WITH_KEY, json={"session_id": session})
    await client.get(f"/api/job/detail/{created.json()['job_id']}", headers=WITH_KEY)
    remote = {"url": "https://files.example/a.pdf"}
    assert (await client.post("/api/file/upload", headers=WITH_KEY, json=remote)).is_success
    text = await _text(client)
    assert value(text, "jobs_created_total", input_source_type="deferred_upload") == 1
    assert value(text, "jobs_created_total", input_source_type="remote_upload") == 1
    assert value(text, "job_stages_read_total", stage="completed") == 1


async def test_nothing_in_it_is_a_secret(client: httpx.AsyncClient) -> None:
    await client.get(f"/api/{API_KEY}", headers=WITH_KEY)
    await client.get("/api/tagshelf/ping", headers=BEARER)
    text = await _text(client)
    assert API_KEY not in text
    assert TOKEN not in text
