"""Load shed: what is let in stays quick, what is too much is refused at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from alfred_mock.control.access import is_never_refused
from alfred_mock.core.load_shed import LoadShed, give_back_slot
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.settings import Settings
from alfred_mock.core.slots import Slots
from alfred_mock.main import Application, create_app
from tests.support import WITH_KEY, application, client_of
from tests.telemetry.readings import value

pytestmark = pytest.mark.anyio

CREATE = "/api/deferred/create"
TAKEN = "load_shed_slots_taken"


def _slots(most: int = 1, waiting: int = 1, seconds: float = 30) -> Slots:
    return Slots("requests", most=most, most_waiting=waiting, seconds=seconds)


def _busy(app: Any, uploads: Slots | None = None) -> tuple[LoadShed, Slots]:
    slots = _slots(waiting=0)
    shed = LoadShed(
        app, requests=slots, uploads=uploads or _slots(waiting=0), is_exempt=is_never_refused
    )
    return shed, slots


def _client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://alfred.test")


async def _ok(scope: Scope, receive: Receive, send: Send) -> None:
    await JsonReply({})(scope, receive, send)


async def test_a_refusal_has_the_documented_shape_and_says_when_to_come_back() -> None:
    shed, slots = _busy(_ok)
    await slots.take()
    async with _client(shed) as client:
        answer = await client.get("/api/job/all")
        for path in ("/livez", "/metrics", "/__admin/companies"):
            assert (await client.get(path)).status_code == 200
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json() == {
        "error": "Service Unavailable",
        "message": "The server is busy; try again later.",
    }


async def test_a_slow_body_takes_no_slot_while_it_is_waited_for() -> None:
    seen: list[int] = []

    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            seen.append(slots.taken)
        seen.append(slots.taken)
        await JsonReply({})(scope, receive, send)

    async def body() -> AsyncIterator[bytes]:
        for _ in range(2):
            seen.append(-slots.taken)
            yield b"piece"

    shed, slots = _busy(reads)
    async with _client(shed) as client:
        await client.post("/token", content=body())
    assert seen[:4] == [0, 1, 0, 1]
    assert slots.taken == 0


async def test_an_answer_that_goes_at_the_clients_pace_takes_no_slot() -> None:
    taken: list[int] = []

    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        taken.append(slots.taken)
        give_back_slot(scope)
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        taken.append(slots.taken)
        await send({"type": "http.response.body", "body": b"b"})

    shed, slots = _busy(streams)
    async with _client(shed) as client:
        await client.get("/api/file/download/1")
    assert (taken, slots.taken) == ([1, 0], 0)


@pytest.mark.parametrize(
    ("headers", "is_upload"),
    [
        ({"Content-Type": "multipart/form-data; boundary=x"}, True),
        ({"Content-Length": "65537"}, True),
        ({"Transfer-Encoding": "chunked"}, True),
        ({"Content-Length": "65536", "Content-Type": "application/json"}, False),
    ],
)
async def test_uploads_have_slots_of_their_own(headers: dict[str, str], is_upload: bool) -> None:
    uploads = _slots(waiting=0)
    await uploads.take()
    shed, _ = _busy(_ok, uploads)
    async with _client(shed) as client:
        answer = await client.post("/api/x", headers=headers)
    assert answer.status_code == (503 if is_upload else 200)
    assert uploads.taken == 1


@pytest.fixture
async def small(sqlite_url: str) -> AsyncIterator[Application]:
    settings = Settings(_env_file=None, database_url=sqlite_url, max_requests=2, max_queue=3)
    async with application(create_app(settings)) as started:
        yield started


async def test_of_many_at_once_as_many_are_answered_as_there_is_room_for(
    small: Application,
) -> None:
    async with client_of(small, headers=WITH_KEY) as client:
        answers = await asyncio.gather(*(client.post(CREATE) for _ in range(12)))
        statuses = [answer.status_code for answer in answers]
        assert sorted(set(statuses)) == [200, 503]
        assert statuses.count(200) >= 5
        assert all("X-RateLimit-Limit" in answer.headers for answer in answers)
        assert (await client.post(CREATE)).status_code == 200


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_full_server_tells_its_metrics_and_takes_orders(sqlite_url: str) -> None:
    settings = Settings(
        _env_file=None, database_url=sqlite_url, metrics=True, max_requests=1, max_queue=0
    )
    slow = {"match": {"path": CREATE}, "effect": {"delay_ms": 600_000}}
    async with application(create_app(settings)) as app, client_of(app, headers=WITH_KEY) as client:
        assert (await client.post("/__admin/faults", json=slow)).is_success
        under_way = asyncio.create_task(client.post(CREATE))
        await _settled()
        assert (await client.get("/api/tagshelf/ping")).status_code == 503
        assert (await client.delete("/__admin/faults")).is_success
        text = (await client.get("/metrics")).text
        under_way.cancel()
        await asyncio.wait([under_way])
    assert value(text, "load_shed_refusals_total", slots="requests", bound="queue") == 1
    assert value(text, TAKEN, slots="requests") == 1
    assert value(text, "http_requests_total", route="unmatched", status="503") == 1
