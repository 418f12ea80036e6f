"""Connections by polling alone, packet by packet."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.events.realtime import connection, rooms
from alfred_mock.events.realtime.heartbeat import Heartbeat
from alfred_mock.main import Application, create_app
from tests.events.realtime.clients import PATH, Poller, event_in, opening, polling, tell, until
from tests.support import COMPANY, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


async def test_a_connection_begins_as_socket_io_s_own_server_begins_it(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(PATH, params=opening())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=UTF-8"
    begun = json.loads(answer.text.removeprefix("0"))
    assert begun.pop("sid")
    assert begun == {
        "upgrades": ["websocket"],
        "pingInterval": 25_000,
        "pingTimeout": 20_000,
        "maxPayload": 1_000_000,
    }


@pytest.mark.parametrize("packet", ["40", "40{}", '40{"token":"x"}'])
async def test_each_client_s_way_to_join_is_understood(
    client: httpx.AsyncClient, packet: str
) -> None:
    poller = await Poller(client).open()
    answer = await poller.post(packet)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["content-type"] == "text/html"
    (said,) = await poller.hear()
    assert said.startswith('40{"sid":"')


@pytest.mark.parametrize("key", ["wrong", "None", ""])
async def test_a_wrong_key_is_refused_when_the_client_joins(
    client: httpx.AsyncClient, key: str
) -> None:
    poller = await Poller(client, key).open()
    await poller.say("40")
    assert await poller.hear() == ['44{"message":"Authentication failed"}']


async def test_another_namespace_is_refused(client: httpx.AsyncClient) -> None:
    poller = await Poller(client).open()
    await poller.say("40/other?x=y,{}")
    assert await poller.hear() == ['44/other,{"message":"Invalid namespace"}']


async def test_an_event_comes_on_its_three_channels_in_order(app: Application) -> None:
    async with polling(app) as poller:
        await tell(app, "file_add_to_job", file_id="x")
        heard = await poller.hear_events(3)
    assert [channel for channel, _ in heard] == [
        "file_event",
        "file_add_to_job_event",
        "alfred_event_file_add_to_job",
    ]
    payloads = [payload for _, payload in heard]
    assert payloads[0] == payloads[1] == payloads[2]
    assert payloads[0]["event"]["event_name"] == payloads[0]["event_name"]


async def test_a_seed_has_events_written_as_the_documentation_shows_them(
    app: Application, client: httpx.AsyncClient
) -> None:
    parts = {"events": {"realtime_style": "docs"}}
    answer = await client.put("/__admin/seed", params={"company": COMPANY}, json=parts)
    assert answer.status_code == 200, answer.text
    async with polling(app) as poller:
        await tell(app, "job_start")
        (channel, payload), *_ = await poller.hear_events(3)
    assert (channel, payload["event_type"]) == ("job_event", "job_event_type")
    assert payload["event"]["event_name"] == "job_start_event"
    assert "event_name" not in payload


async def test_a_poll_that_is_open_gets_what_happens(app: Application) -> None:
    async with polling(app) as poller:
        waiting = asyncio.create_task(poller.hear())
        await until(lambda: _is_waiting(app, poller))
        await tell(app, "job_start")
        heard = [event_in(packet) for packet in await waiting]
    assert [channel for channel, _ in heard] == [
        "job_event",
        "job_start_event",
        "alfred_event_job_start",
    ]


async def test_no_answer_has_more_packets_than_the_python_client_takes(app: Application) -> None:
    async with polling(app) as poller:
        await tell(app, *["job_start", "job_finished"] * 10)
        sizes: list[int] = []
        names: list[str] = []
        while len(names) < 60:
            packets = await poller.hear()
            sizes.append(len(packets))
            names += [event_in(packet)[0] for packet in packets]
    assert max(sizes) == 16
    assert [name for name in names if name.startswith("alfred")] == [
        "alfred_event_job_start",
        "alfred_event_job_finished",
    ] * 10


async def test_what_happened_before_a_client_joined_is_not_sent(app: Application) -> None:
    async with polling(app) as first, polling(app) as second:
        await tell(app, "job_create")
        await first.hear_events(3)
        async with polling(app) as late:
            await tell(app, "job_start")
            assert (await late.hear_events(3))[0][1]["event_name"] == "alfred_event_job_start"
        names = [payload["event_name"] for _, payload in await second.hear_events(6)]
        assert names == ["alfred_event_job_create"] * 3 + ["alfred_event_job_start"] * 3


async def test_nor_is_what_the_others_have_yet_to_be_sent(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, may_go_on = app.events.outbox, asyncio.Event()
    after = outbox.after

    async def held_up(company_id: str, number: int, limit: int) -> list[Any]:
        await may_go_on.wait()
        return await after(company_id, number, limit)

    async with polling(app) as first:
        monkeypatch.setattr(outbox, "after", held_up)
        await tell(app, "job_create")
        async with polling(app) as late:
            may_go_on.set()
            await tell(app, "job_start")
            names = [event["event_name"] for _, event in await late.hear_events(3)]
            assert names == ["alfred_event_job_start"] * 3
        assert len(await first.hear_events(6)) == 6


async def test_a_client_that_leaves_completes_its_own_poll(app: Application) -> None:
    async with polling(app) as poller:
        waiting = asyncio.create_task(poller.hear())
        await until(lambda: _is_waiting(app, poller))
        await poller.say("41")
        await poller.say("1")
        assert await waiting == ["6"]
        answer = await poller.poll()
    assert (answer.status_code, answer.json()) == (
        400,
        {"code": 1, "message": "Session ID unknown"},
    )


async def test_who_leaves_the_namespace_hears_no_more(app: Application) -> None:
    async with polling(app) as poller, polling(app) as witness:
        await poller.say("41")
        await tell(app, "job_start")
        await witness.hear_events(3)
        await poller.say("40")
        (said,) = await poller.hear()
        assert said.startswith("40")


@pytest.mark.parametrize(
    ("method", "query", "status", "code", "message"),
    [
        ("GET", opening(EIO="3"), 400, 5, "Unsupported protocol version"),
        ("GET", opening(transport="smoke"), 400, 0, "Transport unknown"),
        ("GET", opening(transport="websocket"), 400, 3, "Bad request"),
        ("GET", opening(sid="x"), 400, 1, "Session ID unknown"),
        ("POST", opening(sid="x"), 400, 1, "Session ID unknown"),
        ("POST", opening(), 400, 2, "Bad handshake method"),
        ("DELETE", opening(), 400, 2, "Bad handshake method"),
        ("GET", {}, 400, 0, "Transport unknown"),
    ],
)
async def test_what_is_no_request_of_engine_io_is_refused_in_its_words(
    client: httpx.AsyncClient,
    method: str,
    query: dict[str, str],
    status: int,
    code: int,
    message: str,
) -> None:
    answer = await client.request(method, PATH, params=query)
    assert (answer.status_code, answer.json()) == (status, {"code": code, "message": message})


@pytest.mark.parametrize("body", ["9", "", "4", "4x", "bAAAA", b"\xff", "2", "5"])
async def test_what_is_no_packet_ends_the_connection(
    client: httpx.AsyncClient, body: str | bytes
) -> None:
    poller = await Poller(client).open()
    answer = await poller.post(body)
    assert (answer.status_code, answer.json()) == (400, {"code": 3, "message": "Bad request"})
    assert (await poller.poll()).json()["code"] == 1


async def test_a_client_s_events_are_taken_and_ignored(app: Application) -> None:
    async with polling(app) as poller:
        await poller.say('42["job_event",{}]', '421["with an id"]', "451-[]")
        await tell(app, "job_start")
        assert len(await poller.hear_events(3)) == 3


async def test_too_much_at_once_is_refused(client: httpx.AsyncClient) -> None:
    poller = await Poller(client).open()
    answer = await poller.post("4" + "2" * 1_000_000)
    assert (answer.status_code, answer.json()["message"]) == (413, "Payload too large")


async def test_a_second_poll_at_a_time_ends_the_connection(app: Application) -> None:
    async with polling(app) as poller:
        waiting = asyncio.create_task(poller.poll())
        await until(lambda: _is_waiting(app, poller))
        assert (await poller.poll()).json() == {"code": 3, "message": "Bad request"}
        assert (await waiting).json() == {"code": 1, "message": "Session ID unknown"}


async def test_a_client_that_goes_during_a_poll_is_forgotten(app: Application) -> None:
    async with polling(app) as poller:
        waiting = asyncio.create_task(poller.poll())
        await until(lambda: _is_waiting(app, poller))
        waiting.cancel()
        await asyncio.wait([waiting])
        await until(lambda: not app.events.realtime.has_members)


async def test_a_heartbeat_is_sent_and_its_answer_awaited(app: Application) -> None:
    app.events.realtime.heartbeat = Heartbeat(0.05, 0.2)
    async with polling(app) as poller:
        for _ in range(3):
            assert await poller.hear() == ["2"]
            await poller.say("3")
        assert await poller.hear() == ["2"]
        answer = await poller.poll()
        assert (answer.status_code, answer.json()["code"]) == (400, 1)
        assert not app.events.realtime.has_members


async def test_a_client_that_does_not_read_is_let_go(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST_HELD", 10_000)
    monkeypatch.setattr(rooms, "PATIENCE_SECONDS", 0.2)
    async with polling(app) as lazy, polling(app) as diligent:
        await tell(app, *["job_start"] * 200, content="x" * 1_000)
        assert len(await diligent.hear_events(600)) == 600
        assert (await lazy.poll()).json()["code"] == 1


async def test_a_job_of_many_files_does_not_drown_a_client_that_polls(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST_HELD", 10_000)
    async with polling(app) as poller:
        for number in range(200):
            await tell(app, "file_done", content="x" * 1_000, file_id=f"{number}")
        heard = await poller.hear_events(600)
    assert [int(event["file_id"]) for _, event in heard[::3]] == list(range(200))


async def test_a_company_s_events_are_its_own(app: Application) -> None:
    async with client_of(app) as http:
        made: dict[str, Any] = (await http.post("/__admin/companies", json={})).json()
    async with polling(app) as demo, polling(app, made["api_key"]) as other:
        await tell(app, "job_create", company=made["id"])
        await tell(app, "job_finished")
        assert {event["event_name"] for _, event in await other.hear_events(3)} == {
            "alfred_event_job_create"
        }
        assert {event["event_name"] for _, event in await demo.hear_events(3)} == {
            "alfred_event_job_finished"
        }


async def test_a_key_is_found_whether_its_client_encodes_it_or_not(app: Application) -> None:
    key = "a+b/c=%2B"
    async with client_of(app) as http:
        seed = {"api_keys": [{"key": key}, {"key": "a+b"}]}
        assert (await http.post("/__admin/companies", json={"seed": seed})).status_code == 200
        await Poller(http, key).join()  # encoded, as the JavaScript client does
        as_it_is = f"{PATH}?apiKey=a+b&EIO=4&transport=polling"  # as the Python client does
        begun = json.loads((await http.get(as_it_is)).text[1:])
        await http.post(f"{as_it_is}&sid={begun['sid']}", content="40")
        assert (await http.get(f"{as_it_is}&sid={begun['sid']}")).text.startswith("40")


def _is_waiting(app: Application, poller: Poller) -> bool:
    return app.events.realtime.is_polled(poller.sid)


async def test_a_poll_that_waits_keeps_nobody_out(sqlite_url: str) -> None:
    settings = Settings(_env_file=None, database_url=sqlite_url, max_requests=1, max_queue=0)
    async with application(create_app(settings)) as app, polling(app) as poller:
        waiting = asyncio.create_task(poller.poll())
        await until(lambda: app.events.realtime.is_polled(poller.sid))
        async with client_of(app) as client:
            answer = await client.post("/api/deferred/create", headers=WITH_KEY)
        assert answer.status_code == 200
        await tell(app, "job_create")
        assert (await waiting).status_code == 200
