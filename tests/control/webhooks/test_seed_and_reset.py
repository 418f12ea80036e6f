"""Webhooks and faults on deliveries in seeds; what a reset ends, and what it goes back to."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.events.webhooks.calls import (
    all_delivered,
    deliveries,
    fail,
    make_job,
    set_webhook,
    webhook_of,
)
from tests.events.webhooks.receivers import Receiver, answer, receiving
from tests.support import COMPANY

pytestmark = pytest.mark.anyio

FAULTS = "/__admin/webhook/faults"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, webhook_retries=(600,))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as started:
        yield started


async def seed(client: httpx.AsyncClient, **events: Any) -> None:
    answered = await client.put(
        "/__admin/seed", params={"company": COMPANY}, json={"events": events}
    )
    assert answered.status_code == 200, answered.text


async def reset(client: httpx.AsyncClient, *only: str) -> None:
    asked = {"company": COMPANY, **({"only": only} if only else {})}
    assert (await client.post("/__admin/reset", json=asked)).status_code == 200


async def counters(client: httpx.AsyncClient) -> list[tuple[int, int]]:
    faults = (await client.get(FAULTS, params={"company": COMPANY})).json()["faults"]
    return [(each["seen"], each["fired"]) for each in faults]


async def test_a_seed_sets_a_webhook_and_its_faults(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    faults = [{"event": "job_start", "lost": True}, {"copies": 1, "times": 1}]
    await seed(client, webhook=receiver.url, webhook_style="sdk", delivery_faults=faults)
    await make_job(client)
    await all_delivered(client)
    assert "alfred_event_job_finished" in str(receiver.events[-1])
    assert len(receiver.events) == 20
    assert await counters(client) == [(1, 1), (1, 1)]
    exported = (await client.get("/__admin/seed", params={"company": COMPANY})).json()
    [company] = exported["companies"]
    assert company["events"]["delivery_faults"] == faults
    assert company["events"]["webhook"] == receiver.url
    await reset(client)
    assert await counters(client) == [(0, 0), (0, 0)]
    assert (await webhook_of(client))["url"] == receiver.url


async def test_a_reset_ends_what_is_pending(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await set_webhook(client, receiver.url)
    await fail(client, "file_*", lost=True)
    receiver.decide = lambda _: answer(500)
    await make_job(client)
    await receiver.wait(1)
    await reset(client)
    assert await deliveries(client) == []
    assert (await client.get("/__admin/webhook")).json() == {"webhooks": []}
    assert await counters(client) == []
    receiver.decide = lambda _: answer()
    await set_webhook(client, receiver.url)
    job = await make_job(client)
    await all_delivered(client)
    assert len(receiver.events) == 1 + 20
    assert receiver.events[-1]["event"]["job_id"] == job


async def test_faults_alone_can_be_reset(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await set_webhook(client, receiver.url)
    await fail(client, lost=True)
    await reset(client, "faults")
    assert await counters(client) == []
    assert (await webhook_of(client))["url"] == receiver.url
