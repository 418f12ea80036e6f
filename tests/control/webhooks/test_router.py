"""Calls of the control API about webhooks."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.events.webhooks.calls import (
    all_delivered,
    deliveries,
    fail,
    make_job,
    set_webhook,
    webhook_of,
)
from tests.events.webhooks.receivers import Receiver, answer, receiving
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

FAULTS = "/__admin/webhook/faults"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, webhook_retries=(600,))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as started:
        yield started


async def test_a_webhook_is_set_without_the_handshake(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    asked = {"company": "alfred-mock-demo-key", "url": receiver.url}
    made = (await client.put("/__admin/webhook", json=asked)).json()
    assert (made["company"], made["url"], made["waiting"]) == (COMPANY, receiver.url, 0)
    assert receiver.posted == []
    assert await webhook_of(client) == made
    cloudinfo = await client.get("/api/company/cloudinfo", headers=WITH_KEY)
    assert cloudinfo.json()["web_hook_url"] == receiver.url


async def test_or_with_it(client: httpx.AsyncClient, receiver: Receiver) -> None:
    asked = {"company": COMPANY, "url": receiver.url, "verify": True}
    assert (await client.put("/__admin/webhook", json=asked)).status_code == 200
    [posted] = receiver.posted
    assert posted.body["token"] == (await webhook_of(client))["token"]
    receiver.decide = lambda _: answer()
    refused = await client.put("/__admin/webhook", json=asked)
    assert refused.status_code == 400
    assert "could not be verified" in refused.json()["message"]


async def test_it_is_removed(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await set_webhook(client, receiver.url)
    query = {"company": COMPANY}
    assert (await client.delete("/__admin/webhook", params=query)).json() == {"removed": 1}
    assert (await client.delete("/__admin/webhook", params=query)).json() == {"removed": 0}
    assert (await client.get("/__admin/webhook")).json() == {"webhooks": []}
    await make_job(client)
    assert await deliveries(client) == []


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"url": "https://a.test/"}, 400),
        ({"company": COMPANY}, 400),
        ({"company": COMPANY, "url": "a.test"}, 400),
        ({"company": UNKNOWN_ID, "url": "https://a.test/"}, 404),
        ({"company": COMPANY, "url": "https://a.test/", "verfy": True}, 400),
    ],
)
async def test_what_cannot_be_a_webhook(
    client: httpx.AsyncClient, asked: dict[str, Any], status: int
) -> None:
    refused = await client.put("/__admin/webhook", json=asked)
    assert refused.status_code == status
    assert set(refused.json()) == {"error", "message"}


async def test_deliveries_can_be_filtered(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await set_webhook(client, receiver.url)
    await make_job(client)
    await all_delivered(client)
    every = await deliveries(client)
    assert [each["number"] for each in every] == list(range(1, 21))
    assert await deliveries(client, limit=2) == every[-2:]
    assert await deliveries(client, event=every[4]["event"].upper()) == [every[4]]
    assert await deliveries(client, state="failed") == []
    for query in ({"event": "x"}, {"state": "done"}, {"limit": "-1"}, {"evnt": "x"}):
        refused = await client.get("/__admin/deliveries", params=query)
        assert refused.status_code == 400, query


async def test_an_event_is_delivered_once_more(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await set_webhook(client, receiver.url)
    await make_job(client)
    await receiver.wait_for("job_finished")
    last = receiver.events[-1]
    # The server may not know yet that it was acknowledged: the call waits for that.
    planned = (await client.post(f"/__admin/events/{last['event_id']}/redeliver")).json()
    assert (planned["state"], planned["attempt"]) == ("pending", 2)
    assert (planned["event"], planned["name"]) == (last["event_id"], "job_finished")
    events = await receiver.wait(21)
    assert events[-1] == last
    assert receiver.posted[-1].headers["x-alfred-mock-attempt"] == "2"
    await all_delivered(client)
    assert [each["state"] for each in await deliveries(client, event=last["event_id"])] == [
        "acknowledged",
        "acknowledged",
    ]


async def test_an_event_that_waits_to_be_sent_again_is_sent_at_once(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await set_webhook(client, receiver.url)
    receiver.decide = lambda _: answer(500)
    await make_job(client)
    [first] = await receiver.wait(1)
    receiver.decide = lambda _: answer()
    answered = await client.post(f"/__admin/events/{first['event_id']}/redeliver")
    assert answered.json()["attempt"] == 2
    await receiver.wait_for("job_finished")
    assert len(receiver.events) == 21


async def test_what_cannot_be_delivered_once_more(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    unknown = await client.post(f"/__admin/events/{UNKNOWN_ID}/redeliver")
    assert unknown.status_code == 404
    await set_webhook(client, receiver.url)
    await make_job(client)
    await receiver.wait_for("job_finished")
    event_id = receiver.events[0]["event_id"]
    await client.delete("/__admin/webhook")
    refused = await client.post(f"/__admin/events/{event_id}/redeliver")
    assert (refused.status_code, refused.json()["message"]) == (409, "The company has no webhook.")


async def test_faults_are_listed_in_their_order_and_cleared(client: httpx.AsyncClient) -> None:
    one, two = await fail(client, "job_*", lost=True), await fail(client, copies=2, times=3)
    assert one == {
        "id": one["id"],
        "event": "job_*",
        "lost": True,
        "company": COMPANY,
        "remaining": None,
        "seen": 0,
        "fired": 0,
    }
    listed = (await client.get(FAULTS, params={"company": COMPANY})).json()["faults"]
    assert listed == (await client.get(FAULTS)).json()["faults"] == [one, two]
    assert (await client.delete(f"{FAULTS}/{one['id']}")).json() == {"removed": 1}
    assert (await client.delete(f"{FAULTS}/{one['id']}")).status_code == 404
    assert (await client.delete(FAULTS)).json() == {"removed": 1}
    assert (await client.get(FAULTS)).json() == {"faults": []}


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ({}, "must have exactly one effect"),
        ({"lost": True, "copies": 1}, "must have exactly one effect"),
        ({"lots": True}, "has no key 'lots'; the nearest is 'lost'"),
        ({"copies": "2"}, "copies"),
        ({"event": "job finished", "lost": True}, "event"),
    ],
)
async def test_what_is_no_fault(
    client: httpx.AsyncClient, effect: dict[str, Any], message: str
) -> None:
    refused = await client.post(FAULTS, json={"company": COMPANY, **effect})
    assert refused.status_code == 400
    assert message in refused.json()["message"]


async def test_faults_on_requests_do_not_meet_deliveries(
    client: httpx.AsyncClient, receiver: Receiver, app: Application
) -> None:
    await set_webhook(client, receiver.url)
    await make_job(client)
    await all_delivered(client)
    made = await client.post("/__admin/faults", json={"effect": {"status": 503}})
    event_id = receiver.events[0]["event_id"]
    await client.post(f"/__admin/events/{event_id}/redeliver")
    await receiver.wait(21)
    [fault] = (await client.get("/__admin/faults")).json()["faults"]
    assert (fault["id"], fault["seen"]) == (made.json()["id"], 0)
