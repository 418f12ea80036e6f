"""A receiver has a time in which to answer; what comes later does not count."""

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.events.webhooks.calls import all_delivered, deliveries, fail, make_job, set_webhook
from tests.events.webhooks.receivers import Answer, Hang, Posted, answer, receiving
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

TOO_LATE = "The receiver did not answer within 0.5 seconds."


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(
        _env_file=None, database_url=sqlite_url, webhook_retries=(0.01,) * 9, webhook_timeout=0.5
    )


async def attempts_at_start(client: httpx.AsyncClient) -> list[tuple[str, str | None]]:
    await make_job(client)
    await all_delivered(client)
    return [
        (each["state"], each["error"])
        for each in await deliveries(client)
        if each["name"] == "job_start"
    ]


async def test_a_receiver_that_does_not_answer_is_tried_again(client: httpx.AsyncClient) -> None:
    has_hung = False

    def hang_once(posted: Posted) -> Answer:
        nonlocal has_hung
        if has_hung or "job_start" not in posted.body["event"]["event_name"]:
            return answer()
        has_hung = True
        return Hang

    async with receiving(hang_once) as receiver:
        await set_webhook(client, receiver.url)
        first, *_, last = await attempts_at_start(client)
    assert first == ("failed", TOO_LATE)
    assert last == ("acknowledged", None)


async def test_an_acknowledgement_that_is_too_late_does_not_count(
    client: httpx.AsyncClient,
) -> None:
    async with receiving() as receiver:
        await set_webhook(client, receiver.url)
        await fail(client, "job_start", receiver_s=60, times=1)
        first, *_, last = await attempts_at_start(client)
        assert receiver.names.count("job_start") >= 2
    assert first == ("failed", TOO_LATE)
    assert last == ("acknowledged", None)


async def test_a_url_whose_receiver_hangs_is_not_verified(client: httpx.AsyncClient) -> None:
    async with receiving(lambda _: Hang) as receiver:
        refused = await client.post(
            "/api/account/webhook", headers=WITH_KEY, json={"url": receiver.url}
        )
    assert refused.status_code == 400
    assert refused.json()["message"] == (
        "The webhook URL could not be verified: the receiver did not answer within 0.5 seconds."
    )


async def test_the_next_webhook_gets_what_the_one_before_has_not(
    client: httpx.AsyncClient,
) -> None:
    async with receiving() as receiver, receiving(lambda _: Hang) as hanging:
        await set_webhook(client, hanging.url)
        await make_job(client)
        await hanging.wait(1)
        await set_webhook(client, receiver.url)
        await receiver.wait_for("job_finished")
    assert receiver.events[0]["event_id"] == hanging.events[0]["event_id"]
    assert len(receiver.events) == 20
