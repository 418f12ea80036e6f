"""Events by the console: told, opened, emitted, delivered, and who is told."""

import asyncio
import re
from html import unescape
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.events.catalogue import KINDS
from alfred_mock.main import create_app
from tests.control.console.forms import (
    BY_HTMX,
    CONSOLE,
    TOKEN,
    console,
    held_to,
    leads_to,
    refusal,
    text,
)
from tests.control.streams import listening
from tests.support import API_KEY, COMPANY, UNKNOWN_ID, application, client_of

pytestmark = pytest.mark.anyio

EVENTS = f"{CONSOLE}/events"
DELIVERIES, RECEIVERS, EMIT = (f"{EVENTS}/{what}" for what in ("deliveries", "receivers", "emit"))
NOWHERE = "http://127.0.0.1:9/hook"
_POLL = f"/socket.io/?apiKey={API_KEY}&EIO=4&transport=polling"


async def _job(client: httpx.AsyncClient, key: str = API_KEY) -> str:
    headers = {"X-TagshelfAPI-Key": key}
    session = (await client.post("/api/deferred/create", headers=headers)).json()["session_id"]
    await client.post(
        "/api/file/uploadfile",
        headers=headers,
        data={"session_id": session},
        files={"file": ("invoice.pdf", b"%PDF-1.4")},
    )
    made = await client.post("/api/job/create", headers=headers, json={"session_id": session})
    return str(made.json()["job_id"])


async def _events(client: httpx.AsyncClient, **headers: str) -> list[dict[str, Any]]:
    answer = await client.get("/__admin/events", headers=headers)
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


async def test_the_list_shows_what_was_told_the_newest_first() -> None:
    async with console() as client:
        job = await _job(client)
        page = await text(client, EVENTS)
        assert re.search(rf"job_finished job {job[:8]} Demo Company .* 1 job_create job", page)
        only = await text(client, f"{EVENTS}?name=job_create")
        assert "1 job_create" in only
        assert f"job_finished job {job[:8]}" not in only
        assert "No event job_retry was told." in await text(client, f"{EVENTS}?name=job_retry")
        assert (await client.get(f"{EVENTS}?name=nothing")).status_code == 400


async def test_the_list_is_sent_again_only_when_it_has_changed() -> None:
    async with console() as client:
        await _job(client)
        page = (await client.get(f"{EVENTS}?name=job_create")).text
        [path] = re.findall(r'data-region hx-get="([^"]+)"', page)
        assert (await client.get(unescape(path))).status_code == 204
        await _job(client)
        assert (await client.get(unescape(path))).status_code == 200


async def test_an_event_shows_its_payload_in_each_style() -> None:
    async with console() as client:
        job = await _job(client)
        [event, *_] = await _events(client)
        page = await text(client, f"{EVENTS}/{event['id']}")
        assert f'"job_id" : "{job}"' in page
        assert '"event_name" : "job_create_event"' in page
        assert '"event_name" : "alfred_event_job_create"' in page
        assert "It was not delivered to a webhook." in page
        assert (await client.get(f"{EVENTS}/{UNKNOWN_ID}")).status_code == 404


@pytest.mark.parametrize("name", KINDS)
async def test_each_event_has_a_form_with_its_members(name: str) -> None:
    async with console() as client:
        page = (await client.get(f"{EMIT}?name={name}")).text
        assert re.findall(r'name="member-(\w+)"', page) == list(KINDS[name].typed_keys)
        assert f'name="{KINDS[name].family}"' in page


async def test_an_event_is_emitted_with_members_of_each_type() -> None:
    async with console() as client:
        job = await _job(client)
        assert job in (await client.get(f"{EMIT}?name=job_retry")).text  # it is offered
        members = {"retries": "3", "merge": "true", "user_name": "Some body", "metadata": '"1"'}
        fields = {f"member-{name}": value for name, value in members.items()}
        path = await leads_to(client, EMIT, name="job_retry", job=job, **fields)
        assert "job_retry" in await text(client, path)
        told = (await _events(client))[-1]["fields"]
        assert {name: told[name] for name in members} == {
            "retries": 3,
            "merge": True,
            "user_name": "Some body",
            "metadata": "1",
        }


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "job_retry"}, "Event job_retry is about a job: give 'job', and no 'file'."),
        ({"name": "job_retry", "job": UNKNOWN_ID}, f"Job with ID {UNKNOWN_ID} does not exist."),
        ({"name": "job_retry", "job": "x"}, "'job' must be a UUID"),
        ({"name": "job_retr", "job": UNKNOWN_ID}, "the nearest is 'job_retry'"),
        ({"name": "job_start", "job": UNKNOWN_ID, "member-stag": "x"}, "job_start has no stag"),
        ({}, "'name' is required"),
    ],
)
async def test_a_refused_event_says_why(fields: dict[str, str], said: str) -> None:
    async with console() as client:
        assert said in await refusal(client, EMIT, **fields)


async def test_deliveries_are_listed_by_state_and_made_again() -> None:
    async with console() as client:
        lost = {"company": COMPANY, "event": "*", "lost": True}
        await client.post("/__admin/webhook/faults", json=lost)
        await leads_to(client, f"{RECEIVERS}/webhook", company=COMPANY, url=NOWHERE)
        await _job(client)
        async with asyncio.timeout(60):
            while "lost by a fault" not in await text(client, DELIVERIES):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert "No delivery is acknowledged." in await text(client, f"{DELIVERIES}?of=acknowledged")
        [event, *_] = await _events(client)
        path = f"{EVENTS}/{event['id']}/redeliver"
        assert await leads_to(client, path) == f"{EVENTS}/{event['id']}"
        page = await text(client, f"{EVENTS}/{event['id']}")
        assert "Deliveries 2" in page
        assert "does not exist" in await refusal(client, f"{EVENTS}/{UNKNOWN_ID}/redeliver")


async def test_without_a_webhook_nothing_is_delivered_again() -> None:
    async with console() as client:
        await _job(client)
        [event, *_] = await _events(client)
        said = await refusal(client, f"{EVENTS}/{event['id']}/redeliver")
        assert said == "The company has no webhook."


async def test_a_webhook_is_set_and_removed() -> None:
    async with console() as client:
        assert "No webhook is set." in await text(client, RECEIVERS)
        path = f"{RECEIVERS}/webhook"
        assert "'url' must be an http or https URL" in await refusal(
            client, path, company=COMPANY, url="nowhere"
        )
        handshake = {"company": COMPANY, "url": NOWHERE, "verify": "true"}
        assert await refusal(client, path, **handshake)
        assert await leads_to(client, path, company=COMPANY, url=f" {NOWHERE} ") == RECEIVERS
        page = await text(client, RECEIVERS)
        [webhook] = (await client.get("/__admin/webhook")).json()["webhooks"]
        assert NOWHERE in page
        assert webhook["token"] in page
        assert await leads_to(client, f"{path}/{COMPANY}/remove") == RECEIVERS
        assert "No webhook is set." in await text(client, RECEIVERS)


async def _connect(client: httpx.AsyncClient) -> None:
    opened = await client.get(_POLL)
    sid = opened.text.partition('"sid":"')[2].partition('"')[0]
    assert (await client.post(f"{_POLL}&sid={sid}", content="40")).text == "ok"


async def test_connections_are_listed_and_dropped() -> None:
    async with console() as client:
        assert "Nobody is connected" in await text(client, RECEIVERS)
        await _connect(client)
        await _connect(client)
        connections = (await client.get("/__admin/connections")).json()["connections"]
        page = await text(client, RECEIVERS)
        assert all(f"{each['id']} API Key 1 polling" in page for each in connections)
        first = f"{RECEIVERS}/connections/{connections[0]['id']}/drop"
        assert await leads_to(client, first) == RECEIVERS
        assert len((await client.get("/__admin/connections")).json()["connections"]) == 1
        assert await refusal(client, first) == "There is no such connection."
        await leads_to(client, f"{RECEIVERS}/connections/drop?company={COMPANY}")
        assert "Nobody is connected" in await text(client, RECEIVERS)


async def test_a_token_of_a_company_sees_and_tells_only_what_is_its_own() -> None:
    async with held_to(COMPANY) as client:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        other = (await client.post("/__admin/companies", headers=bearer)).json()
        theirs, mine = await _job(client, other["api_key"]), await _job(client)
        events = await _events(client, **bearer)
        page = (await client.get(EVENTS)).text
        assert (mine in page, theirs in page) == (True, False)
        for event in events:
            is_own = event["company"] == COMPANY
            answer = await client.get(f"{EVENTS}/{event['id']}")
            assert answer.status_code == (200 if is_own else 403)
        assert (await client.get(f"{EVENTS}/{UNKNOWN_ID}")).status_code == 403
        assert "one company's" in await refusal(client, EMIT, name="job_start", job=theirs)
        assert await leads_to(client, EMIT, name="job_start", job=mine)
        foreign = await client.post(
            f"{RECEIVERS}/webhook", data={"company": other["id"], "url": NOWHERE}, headers=BY_HTMX
        )
        assert foreign.status_code == 303  # it is the own company's
        webhooks = (await client.get("/__admin/webhook", headers=bearer)).json()["webhooks"]
        assert [webhook["company"] for webhook in webhooks] == [COMPANY]
        remove = f"{RECEIVERS}/webhook/{other['id']}/remove"
        assert "one company's" in await refusal(client, remove)
        await _connect(client)
        await leads_to(client, f"{RECEIVERS}/connections/drop")
        assert (await client.get(f"{DELIVERIES}?company={other['id']}")).status_code == 403


async def test_a_stream_says_when_to_look_again() -> None:
    made = Settings(_env_file=None, database_url="sqlite:///:memory:")
    async with (
        application(create_app(made)) as app,
        client_of(app) as client,
        listening(app, f"{EVENTS}/stream", company=COMPANY) as stream,
    ):
        assert (await stream.begun())[0] == 200
        assert (await stream.next()).name == "changed"
        await _job(client)
        assert (await stream.next()).name == "changed"
