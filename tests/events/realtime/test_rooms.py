"""Who listens to whom: companies, keys that end, dropped connections, several processes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.events.realtime import upkeep
from alfred_mock.events.stored import STALE_SECONDS
from alfred_mock.main import Application, create_app
from tests.events.realtime.clients import Poller, WebSocket, opening, polling, tell, until
from tests.support import API_KEY, COMPANY, application, client_of

pytestmark = pytest.mark.anyio

CONNECTIONS = "/__admin/connections"


@pytest.fixture
def settings(database_url: str) -> Settings:
    # Two workers at least, so that each knows that the file is not its own.
    return Settings(_env_file=None, database_url=database_url, workers=2)


@pytest.fixture
async def other(app: Application, settings: Settings) -> AsyncIterator[Application]:
    """Another process on the same database."""
    async with application(create_app(settings)) as started:
        yield started


async def _shown(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await client.get(CONNECTIONS, params=query)
    assert answer.status_code == 200, answer.text
    shown: list[dict[str, Any]] = answer.json()["connections"]
    return shown


async def test_an_event_reaches_the_clients_of_all_processes(
    app: Application, other: Application
) -> None:
    async with polling(app) as here, polling(other) as there:
        await tell(app, "job_start")
        await tell(other, "job_finished")
        for poller in (here, there):
            names = [event["event_name"] for _, event in await poller.hear_events(6)]
            assert names == ["alfred_event_job_start"] * 3 + ["alfred_event_job_finished"] * 3


async def test_somebody_listens_for_as_long_as_a_client_is_connected(
    app: Application, other: Application
) -> None:
    assert not await other.events.outbox.listened_to(COMPANY)
    async with polling(app) as first, polling(other) as second:
        await first.say("1")
        await until(lambda: not app.events.realtime.has_members)
        assert await other.events.outbox.listened_to(COMPANY)
        await second.say("1")
        await _until(lambda: _nobody_listens(app))


async def test_the_control_api_shows_connections_to_all_processes(
    app: Application, other: Application, client: httpx.AsyncClient
) -> None:
    async with polling(app) as poller, polling(other):
        shown = await _shown(client, company=COMPANY)
        assert len(shown) == 2
        (own,) = [each for each in shown if each["id"] == poller.socket_id]
        assert own.pop("connected")
        assert own == {
            "id": poller.socket_id,
            "company": COMPANY,
            "user_name": "API Key 1",
            "transport": "polling",
        }


async def test_an_upgrade_is_shown(app: Application, client: httpx.AsyncClient) -> None:
    async with (
        polling(app) as poller,
        WebSocket(app, EIO="4", transport="websocket", sid=poller.sid) as socket,
    ):
        await socket.accepted()
        socket.say("2probe")
        await socket.hear()
        socket.say("5")

        async def is_shown() -> bool:
            return [each["transport"] for each in await _shown(client)] == ["websocket"]

        await _until(is_shown)


async def test_a_connection_is_dropped_as_if_the_network_had_failed(
    app: Application, client: httpx.AsyncClient
) -> None:
    async with polling(app) as dropped, polling(app) as kept:
        answer = await client.delete(f"{CONNECTIONS}/{dropped.socket_id}")
        assert answer.json() == {"dropped": 1}
        assert (await dropped.poll()).json() == {"code": 1, "message": "Session ID unknown"}
        await tell(app, "job_start")
        assert len(await kept.hear_events(3)) == 3
        answer = await client.delete(f"{CONNECTIONS}/{dropped.socket_id}")
        assert (answer.status_code, answer.json()["message"]) == (
            404,
            "There is no such connection.",
        )


async def test_all_connections_are_dropped_in_every_process(
    app: Application,
    other: Application,
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upkeep, "SHARED_FILE_SECONDS", 0.02)
    async with polling(app) as here, WebSocket(other, **opening(transport="websocket")) as there:
        await (await there.accepted()).hear()
        await there.join()
        assert (await client.delete(CONNECTIONS)).json() == {"dropped": 2}
        assert (await here.poll()).status_code == 400
        assert (await there.next())["type"] == "websocket.close"
    assert await _shown(client) == []


async def test_only_the_company_s_own_connections_are_dropped(
    app: Application, client: httpx.AsyncClient
) -> None:
    made = (await client.post("/__admin/companies", json={})).json()
    async with polling(app), polling(app, made["api_key"]) as theirs:
        dropped = await client.delete(CONNECTIONS, params={"company": COMPANY})
        assert dropped.json() == {"dropped": 1}
        assert [each["id"] for each in await _shown(client)] == [theirs.socket_id]


async def test_a_removed_key_ends_its_connections_for_good(
    app: Application, client: httpx.AsyncClient
) -> None:
    seed = {"api_keys": [{"key": "second-key-of-the-company"}]}
    made = (await client.post("/__admin/companies", json={"seed": seed})).json()
    async with (
        polling(app, made["api_key"]) as revoked,
        polling(app, "second-key-of-the-company") as kept,
    ):
        waiting = asyncio.create_task(revoked.hear())
        await until(lambda: app.events.realtime.is_polled(revoked.sid))
        removed = await client.post(
            "/__admin/credentials/remove", json={"api_key": made["api_key"]}
        )
        assert removed.status_code == 200
        assert await waiting == ["41"]
        await tell(app, "job_start", company=made["id"])
        assert len(await kept.hear_events(3)) == 3


async def test_a_removed_company_ends_its_connections_for_good(
    app: Application, other: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "SHARED_FILE_SECONDS", 0.02)
    made = (await client.post("/__admin/companies", json={})).json()
    query = opening(made["api_key"], transport="websocket")
    async with polling(app, made["api_key"]) as here, WebSocket(other, **query) as there:
        await (await there.accepted()).hear()
        await there.join()
        assert (await client.delete(f"/__admin/companies/{made['id']}")).status_code == 200
        assert await here.hear() == ["41"]
        assert [await there.hear()] == ["41"]
        assert (await there.next())["type"] == "websocket.close"


async def test_a_reset_leaves_connections_open(app: Application, client: httpx.AsyncClient) -> None:
    async with polling(app) as poller:
        await client.post("/__admin/reset", json={"company": COMPANY})
        await tell(app, "job_start")
        assert len(await poller.hear_events(3)) == 3


async def test_connections_of_a_process_that_was_killed_are_forgotten(
    app: Application,
    other: Application,
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process that has gone without a word says no more that its connections are there."""
    async with polling(app) as alive:
        long_ago = app.services.clock.real() - (STALE_SECONDS + 1) * 1_000
        with monkeypatch.context() as patch:
            patch.setattr(other.services.clock, "real", lambda: long_ago)
            row = {"id": "left-behind", "transport": "polling"}
            await other.events.outbox.connected(COMPANY, row)
        assert [each["id"] for each in await _shown(client)] == [alive.socket_id]
        await app.events.outbox.seen()
        answer = await client.delete(f"{CONNECTIONS}/left-behind")
        assert answer.status_code == 404


async def test_a_process_that_starts_forgets_what_one_before_it_has_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(upkeep, "SHARED_FILE_SECONDS", 0.05)
    async with application(create_app(settings)) as killed:
        await killed.events.outbox.connected(COMPANY, {"id": "left", "transport": "polling"})
        monkeypatch.setattr("alfred_mock.events.stored.STALE_SECONDS", 0)
        async with application(create_app(settings)) as started:
            await _until(lambda: _nobody_listens(started))


async def test_a_process_that_has_the_file_for_itself_forgets_them_at_once(
    sqlite_url: str,
) -> None:
    settings = Settings(_env_file=None, database_url=sqlite_url)
    async with application(create_app(settings)) as killed:
        await killed.events.outbox.connected(COMPANY, {"id": "left", "transport": "polling"})
        async with application(create_app(settings)) as started:
            assert await _nobody_listens(started)


async def test_a_process_that_stops_leaves_nothing_behind(settings: Settings) -> None:
    async with application(create_app(settings)) as witness:
        async with application(create_app(settings)) as stopping:
            async with client_of(stopping) as http:
                await Poller(http).join()
            assert await witness.events.outbox.listened_to(COMPANY)
        assert not await witness.events.outbox.listened_to(COMPANY)


async def test_a_company_s_own_token_reaches_its_connections_only(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(_env_file=None, database_url=database_url, admin_token="admin-token")
    all_ = {"Authorization": "Bearer admin-token"}
    async with application(create_app(settings)) as app, client_of(app) as client:
        made = (await client.post("/__admin/companies", json={}, headers=all_)).json()
        own = {"Authorization": f"Bearer {made['admin_token']}"}
        async with polling(app) as demo, polling(app, made["api_key"]) as theirs:
            query = {"company": made["id"]}
            shown = await client.get(CONNECTIONS, params=query, headers=own)
            assert [each["id"] for each in shown.json()["connections"]] == [theirs.socket_id]
            for path, status in [
                (CONNECTIONS, 403),
                (f"{CONNECTIONS}/{demo.socket_id}", 403),
                (f"{CONNECTIONS}/unknown", 403),
                (f"{CONNECTIONS}/{theirs.socket_id}", 200),
            ]:
                answer = await client.delete(path, headers=own)
                assert answer.status_code == status, path


async def test_the_journal_has_what_opens_a_connection_and_no_more(
    app: Application, client: httpx.AsyncClient
) -> None:
    async with polling(app) as poller:
        await tell(app, "job_start")
        await poller.hear_events(3)
        await Poller(client, "wrong").open()
        journal = (await client.get("/__admin/requests")).json()["requests"]
    seen = [(each["method"], each["path"], each["company"], each["reason"]) for each in journal]
    assert sorted(seen, key=str) == [
        ("GET", "/socket.io/", COMPANY, None),
        ("GET", "/socket.io/", None, "no company has this API key"),
    ]
    assert API_KEY not in f"{journal}"


async def test_a_fault_can_keep_a_company_from_connecting_but_not_break_its_polls(
    app: Application, client: httpx.AsyncClient
) -> None:
    async with polling(app) as poller:
        rule = {"company": API_KEY, "effect": {"status": 503}}
        assert (await client.post("/__admin/faults", json=rule)).status_code == 200
        assert (await client.get("/socket.io/", params=opening())).status_code == 503
        await tell(app, "job_start")
        assert len(await poller.hear_events(3)) == 3


async def _nobody_listens(app: Application) -> bool:
    return not await app.events.outbox.listened_to(COMPANY)


async def _until(holds: Any) -> None:
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)
