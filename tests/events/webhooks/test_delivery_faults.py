"""What a tester makes go wrong with deliveries does, and nothing else does."""

from collections.abc import AsyncIterator

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.events.webhooks.calls import all_delivered, deliveries, fail, make_job, set_webhook
from tests.events.webhooks.receivers import Receiver, answer, receiving
from tests.support import COMPANY

pytestmark = pytest.mark.anyio

EVENTS = 20


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, webhook_retries=(0.01,))


@pytest.fixture
async def receiver(client: httpx.AsyncClient) -> AsyncIterator[Receiver]:
    async with receiving() as started:
        await set_webhook(client, started.url)
        yield started


async def run(client: httpx.AsyncClient, receiver: Receiver) -> list[str]:
    """The names that arrive of one job."""
    await make_job(client)
    await all_delivered(client)
    return receiver.names


async def states(client: httpx.AsyncClient, name: str) -> list[str]:
    return [each["state"] for each in await deliveries(client) if each["name"] == name]


async def test_a_lost_event_never_arrives(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await fail(client, "job_finished", lost=True)
    names = await run(client, receiver)
    assert "job_finished" not in names
    assert len(names) == EVENTS - 1
    assert await states(client, "job_finished") == ["lost"]


async def test_a_delayed_event_holds_up_the_rest(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await fail(client, "job_start", delay_s=0.15)
    names = await run(client, receiver)
    assert len(names) == EVENTS
    assert names.index("job_start") == 3
    times = {each["name"]: each["at"] for each in await deliveries(client)}
    assert times["file_add_to_job"] < times["job_start"] < times["file_done"]


async def test_a_reordered_event_comes_after_the_next(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    before = await run(client, receiver)
    await fail(client, "job_start", reordered=True)
    after = (await run(client, receiver))[EVENTS:]
    place = before.index("job_start")
    swapped = [*before[:place], before[place + 1], "job_start", *before[place + 2 :]]
    assert after == swapped


async def test_copies_have_the_same_id(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await fail(client, "file_done", copies=2, times=1)
    names = await run(client, receiver)
    assert names.count("file_done") == 3
    done = [posted for posted in receiver.posted if "file_done" in str(posted.body)]
    assert len({posted.body["event_id"] for posted in done}) == 1
    assert [posted.headers["x-alfred-mock-attempt"] for posted in done] == ["1", "2", "3"]


async def test_a_foreign_event_says_that_it_is_another_companys(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await fail(client, "job_start", foreign=True)
    await run(client, receiver)
    owners = {body["event"]["event_name"]: body["event"] for body in receiver.events}
    foreign = owners.pop("job_start_event")
    assert foreign["company_id"] != COMPANY
    assert foreign["company_name"] == "Another Company"
    assert {event["company_id"] for event in owners.values()} == {COMPANY}


async def test_a_slow_receiver_within_the_time_out_is_only_slow(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await fail(client, "job_start", receiver_s=0.05)
    names = await run(client, receiver)
    assert names.count("job_start") == 1


async def test_a_status_counts_instead_of_the_receivers(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await fail(client, "job_start", status=503, times=1)
    await run(client, receiver)
    assert await states(client, "job_start") == ["failed", "acknowledged"]
    receiver.decide = lambda _: answer(500)
    await fail(client, "*", status=204)
    await run(client, receiver)
    assert len(await deliveries(client, state="acknowledged")) == 2 * EVENTS


async def test_the_first_fault_that_fits_decides_and_is_counted(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await fail(client, "job_stage_update", lost=True, skip=1, times=2)
    await fail(client, "job_*", copies=1)
    names = await run(client, receiver)
    faults = (await client.get("/__admin/webhook/faults")).json()["faults"]
    # Of five stage updates the first is skipped, two are lost, and the second fault copies three.
    counts = [(each["seen"], each["fired"], each["remaining"]) for each in faults]
    assert counts == [(3, 2, 0), (6, 6, None)]
    assert names.count("job_stage_update") == 6
    assert len(names) == EVENTS - 2 + 6


async def test_faults_of_a_company_are_its_own(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    made = (await client.post("/__admin/companies")).json()
    asked = {"company": made["id"], "lost": True}
    assert (await client.post("/__admin/webhook/faults", json=asked)).status_code == 200
    assert len(await run(client, receiver)) == EVENTS
