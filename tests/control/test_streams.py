"""Requests and events as Server-Sent Events."""

import asyncio
import logging
import socket
import time
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from alfred_mock.control import event_stream
from alfred_mock.control.event_stream import OpenStreams, ServerSent, number_of
from alfred_mock.control.journal import following, store
from alfred_mock.control.journal.following import Following
from alfred_mock.core.settings import Settings
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.main import Application, create_app
from alfred_mock.testing import AlfredMock
from tests.control.faults.serving import connect
from tests.control.streams import EVENTS, REQUESTS, Stream, listening
from tests.support import COMPANY, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

CREATE, PING = "/api/deferred/create", "/api/tagshelf/ping"


async def _begun(stream: Stream) -> None:
    status, headers = await stream.begun()
    assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert headers["cache-control"] == "no-store"
    assert "content-length" not in headers


async def test_each_request_is_told_as_the_journal_shows_it(
    app: Application, client: httpx.AsyncClient
) -> None:
    await client.get("/before")
    async with listening(app, REQUESTS) as stream:
        await _begun(stream)
        for _ in range(2):
            await client.post(CREATE, headers=WITH_KEY)
            told = await stream.next()
            shown = (await client.get("/__admin/requests")).json()["requests"][-1]
            assert (told.json, told.id, told.name) == (shown, f"{shown['number']}", None)


async def test_the_filters_are_those_of_the_journal(
    app: Application, client: httpx.AsyncClient
) -> None:
    wanted = {"path": "/api/*", "status": "2xx", "company": COMPANY, "since": "0"}
    for path, headers in ((PING, {}), ("/elsewhere", WITH_KEY), (PING, WITH_KEY)):
        await client.get(path, headers=headers)
    async with listening(app, REQUESTS, **wanted) as stream:
        await _begun(stream)
        told = (await stream.next()).json
        assert (told["path"], told["status"], told["company"]) == (PING, 200, COMPANY)
        await client.get("/api/nowhere", headers=WITH_KEY)
        await client.post(CREATE, headers=WITH_KEY)
        assert (await stream.next()).json["path"] == CREATE


async def test_a_reader_goes_on_where_it_was(app: Application, client: httpx.AsyncClient) -> None:
    for number in range(120):
        await client.get(f"/{number}")
    entries = (await client.get("/__admin/requests", params={"limit": 200})).json()["requests"]
    last = {"Last-Event-ID": f"{entries[9]['number']}"}
    async with listening(app, REQUESTS, last, since="0") as stream:
        await _begun(stream)
        told = [(await stream.next()).json["path"] for _ in range(110)]
    assert told == [entry["path"] for entry in entries[10:]]


async def test_since_an_instant_all_later_ones_are_told(
    app: Application, client: httpx.AsyncClient
) -> None:
    await client.get("/here")
    async with listening(app, REQUESTS, since="2020-01-01T00:00:00.000") as stream:
        await _begun(stream)
        assert (await stream.next()).json["path"] == "/here"


async def test_it_may_end_by_itself(client: httpx.AsyncClient) -> None:
    await client.get("/here")
    answer = await client.get(REQUESTS, params={"timeout": 0})
    assert (answer.status_code, "data:" in answer.text) == (200, False)


@pytest.mark.parametrize("wrong", [{"timeout": "-1"}, {"status": "x"}, {"limit": "1"}], ids=str)
async def test_what_it_does_not_take_is_refused(
    client: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    answer = await client.get(REQUESTS, params=wrong)
    assert (answer.status_code, set(answer.json())) == (400, {"error", "message"})


async def test_each_event_of_a_company_is_told_once(
    app: Application, client: httpx.AsyncClient
) -> None:
    await _emit(client, "job_failed")
    before = (await client.get("/__admin/events", params={"company": COMPANY})).json()["total"]
    async with listening(app, EVENTS, company=COMPANY) as stream:
        await _begun(stream)
        for name in ("job_create", "job_finished"):
            await _emit(client, name)
            told = await stream.next()
            shown = (await client.get("/__admin/events", params={"company": COMPANY})).json()
            assert (told.json, told.id) == (shown["events"][-1], f"{told.json['number']}")
    async with listening(app, EVENTS, {"Last-Event-ID": f"{before + 1}"}, company=COMPANY) as again:
        await _begun(again)
        assert (await again.next()).json["name"] == "job_finished"


async def test_events_of_companies_that_come_later_are_told_too(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_mock.control.events.following.ASK_SECONDS", 0.05)
    async with listening(app, EVENTS, name="job_create") as stream:
        await _begun(stream)
        made = (await client.post("/__admin/companies")).json()
        key = {"X-TagshelfAPI-Key": made["api_key"]}
        session = (await client.post(CREATE, headers=key)).json()["session_id"]
        files, form = {"file": ("a.pdf", b"%PDF")}, {"session_id": session}
        await client.post("/api/file/uploadfile", headers=key, files=files, data=form)
        await client.post("/api/job/create", headers=key, json={"session_id": session})
        told = await stream.next()
        assert (told.json["company"], told.json["name"], told.id) == (
            made["id"],
            "job_create",
            None,  # numbers of several companies are no place to go on from
        )


async def _emit(client: httpx.AsyncClient, name: str) -> None:
    jobs = (await client.get("/api/job/all", headers=WITH_KEY)).json()["result"]
    if not jobs:
        session = (await client.post(CREATE, headers=WITH_KEY)).json()["session_id"]
        files, form = {"file": ("a.pdf", b"%PDF")}, {"session_id": session}
        await client.post("/api/file/uploadfile", headers=WITH_KEY, files=files, data=form)
        await client.post("/api/job/create", headers=WITH_KEY, json={"session_id": session})
        jobs = (await client.get("/api/job/all", headers=WITH_KEY)).json()["result"]
    answer = await client.post("/__admin/events", json={"name": name, "job": jobs[0]["id"]})
    assert answer.status_code == 200, answer.text


async def test_every_process_tells_what_any_of_them_has_answered(database_url: str) -> None:
    settings = Settings(_env_file=None, database_url=database_url, workers=2)
    async with AsyncExitStack() as stack:
        here, there = [
            await stack.enter_async_context(application(create_app(settings))) for _ in range(2)
        ]
        elsewhere = await stack.enter_async_context(client_of(there))
        requests = await stack.enter_async_context(listening(here, REQUESTS))
        events = await stack.enter_async_context(listening(here, EVENTS, name="job_finished"))
        await _begun(requests)
        await _begun(events)
        await elsewhere.get(PING, headers=WITH_KEY)
        assert (await requests.next()).json["path"] == PING
        await _emit(elsewhere, "job_finished")
        assert (await events.next()).json["name"] == "job_finished"


def _entry(number: int) -> SimpleNamespace:
    return SimpleNamespace(number=number)


async def test_an_entry_that_is_stored_after_a_later_number_is_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "LOOK_BACK_SECONDS", 0)
    stored: list[int] = []

    async def read(last: int, most: int) -> list[SimpleNamespace]:
        return [_entry(number) for number in sorted(stored) if number > last][:most]

    reading = Following(read, 3, may_come_late=True)
    told: list[int] = []
    for new in ([5], [6, 4], [], [8], [7, 9]):
        stored += new
        told += [entry.number for entry in await reading.next()]
    told += [entry.number for entry in await reading.next()]
    assert sorted(told) == [4, 5, 6, 7, 8, 9]


async def test_a_database_that_is_away_ends_no_stream(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "UNAVAILABLE_SECONDS", 0)
    failures = 3
    find_next = store.find_next

    async def fail(*given: Any, **named: Any) -> list[SimpleNamespace]:
        nonlocal failures
        if failures:
            failures -= 1
            raise DatabaseUnavailable("it is away")
        return await find_next(*given, **named)

    monkeypatch.setattr(store, "find_next", fail)
    async with listening(app, REQUESTS, since="0") as stream:
        await _begun(stream)
        await client.get("/here")
        assert (await stream.next()).json["path"] == "/here"
    assert failures == 0


async def test_so_many_are_open_at_a_time(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "MOST_STREAMS", 1)
    async with listening(app, REQUESTS) as stream:
        await _begun(stream)
        for path in (REQUESTS, EVENTS):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
            assert "1 streams are open" in answer.json()["message"]
    assert (await client.get(REQUESTS, params={"timeout": 0})).status_code == 200


async def test_without_readers_nothing_waits_for_requests(app: Application) -> None:
    journal = app.control.recorder
    async with client_of(app) as client, listening(app, REQUESTS) as stream:
        await _begun(stream)
        await client.get("/here")
        await stream.next()
    async with client_of(app) as client:
        await client.get("/here")
        # Where no process shares the database, entries wait in memory until somebody reads.
        waiting = journal._backlog.count
        assert waiting == (0 if app.services.database.is_shared else 1)


def test_lines_of_data_are_lines_of_the_stream() -> None:
    sent = ServerSent("one\r\ntwo\nthree", id=7, name="rows").encoded()
    assert sent == b"event: rows\nid: 7\ndata: one\ndata: two\ndata: three\n\n"


@pytest.mark.parametrize(
    ("given", "number"), [("7", 7), ("", None), (None, None), ("x", None), ("٣", None)]
)
def test_what_a_browser_sends_back_may_be_no_number(given: str | None, number: int | None) -> None:
    assert number_of(given) == number


def test_a_server_that_stops_brings_streams_to_their_end() -> None:
    server = AlfredMock(grace=60)
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        with client.stream("GET", REQUESTS) as answer:
            lines = answer.iter_lines()
            assert next(lines) == "retry: 1000"
            begun = time.monotonic()
            server.close()
            assert [line for line in lines if line] == []  # it is not cut off: that would raise
        assert time.monotonic() - begun < 50


def _read_all(connection: socket.socket) -> None:
    while connection.recv(65_536):
        pass


def test_a_reader_that_takes_nothing_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(event_stream, "SLOW_SECONDS", 0.2)
    open_streams: list[OpenStreams] = []
    enter = OpenStreams.__enter__

    def enter_and_note(streams: OpenStreams) -> None:
        open_streams.append(streams)
        enter(streams)

    monkeypatch.setattr(OpenStreams, "__enter__", enter_and_note)
    with (
        AlfredMock() as server,
        connect(server.url) as slow,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.sendall(f"GET {REQUESTS} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        while not open_streams:
            client.get("/livez")
        large = b"x" * 16_000
        deadline = time.monotonic() + 60
        while open_streams[0].count and time.monotonic() < deadline:
            client.post("/large", content=large)
        assert open_streams[0].count == 0
        assert "its reader took nothing for 0.2 s" in server.log
        with pytest.raises(ConnectionResetError):  # to close it would wait for the reader
            _read_all(slow)
    assert [record for record in caplog.records if record.levelno > logging.WARNING] == []


async def test_a_quiet_stream_says_that_it_is_there(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "KEEP_ALIVE_SECONDS", 0)
    async with listening(app, REQUESTS) as stream:
        await _begun(stream)
        while ":\n\n" not in stream.text:
            message = await asyncio.wait_for(stream.messages.get(), 60)
            stream.text += message["body"].decode()
