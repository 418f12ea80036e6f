"""Events are delivered in order, one at a time, until they are acknowledged or given up."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from alfred_mock.core.clock import to_wire
from alfred_mock.core.settings import Settings
from alfred_mock.events.webhooks import attempts
from alfred_mock.main import Application, create_app
from tests.events.listeners import names_told, stop_clock
from tests.events.webhooks.calls import all_delivered, deliveries, make_job, set_webhook
from tests.events.webhooks.receivers import (
    Answer,
    Cut,
    Hang,
    Posted,
    Receiver,
    answer,
    receiving,
)
from tests.support import application, client_of

pytestmark = pytest.mark.anyio

RETRIES = (0.01, 0.02)
ATTEMPTS = 1 + len(RETRIES)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, webhook_retries=RETRIES)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as started:
        yield started


def failing(times: int, how: Answer, name: str = "") -> Callable[[Posted], Answer]:
    """Fails so many deliveries of an event of this name, or of the first one."""
    left = times

    def decide(posted: Posted) -> Answer:
        nonlocal left
        if left and name in posted.body["event"]["event_name"]:
            left -= 1
            return how
        return answer()

    return decide


async def test_each_event_of_a_job_arrives_once_and_in_order(
    app: Application, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await set_webhook(client, receiver.url)
    await make_job(client, "a.pdf", "b.pdf")
    await receiver.wait_for("job_finished")
    assert (await all_delivered(client))["delivered"] == len(receiver.events)
    told = await names_told(app)
    assert [name.replace("added", "add") for name in receiver.names] == told
    assert len({body["event_id"] for body in receiver.events}) == len(told)
    assert receiver.most_at_once == 1


async def test_a_delivery_says_which_event_and_which_attempt(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await set_webhook(client, receiver.url)
    receiver.decide = failing(1, answer(500))
    await make_job(client)
    await receiver.wait(2)
    first, second = receiver.posted[:2]
    assert first.headers["content-type"] == "application/json"
    assert first.headers["x-alfred-mock-event-id"] == first.body["event_id"]
    assert first.headers["x-alfred-mock-attempt"] == "1"
    assert second.headers["x-alfred-mock-attempt"] == "2"
    assert first.body == second.body


async def test_what_happened_before_there_was_a_webhook_is_not_delivered(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    before = await make_job(client)
    await set_webhook(client, receiver.url)
    job = await make_job(client)
    await receiver.wait_for("job_finished")
    about = {body["event"].get("job_id", job) for body in receiver.events}
    assert about == {job}
    assert before not in about


@pytest.mark.parametrize(
    ("how", "status", "error"),
    [
        (answer(500), 500, "The receiver answered with status 500."),
        (answer(404), 404, "The receiver answered with status 404."),
        (answer(301, b"", "Location: /"), 301, "The receiver answered with status 301."),
        (Cut, None, "The receiver gave no whole answer: "),
    ],
    ids=["500", "404", "redirect", "cut"],
)
async def test_an_event_is_sent_again_until_it_is_acknowledged(
    client: httpx.AsyncClient, receiver: Receiver, how: Answer, status: int | None, error: str
) -> None:
    await set_webhook(client, receiver.url)
    receiver.decide = failing(2, how, "job_start")
    await make_job(client)
    await receiver.wait_for("job_finished")
    await all_delivered(client)
    [event] = {each["event"] for each in await deliveries(client, state="failed")}
    attempts = await deliveries(client, event=event)
    assert [each["state"] for each in attempts] == ["failed", "failed", "acknowledged"]
    assert [each["attempt"] for each in attempts] == [1, 2, 3]
    assert [each["status"] for each in attempts] == [status, status, 200]
    assert str(attempts[0]["error"]).startswith(error)
    # It has held up the rest, and nothing else came more than once.
    assert receiver.names.count("job_start") == 3
    place = receiver.names.index("job_start")
    assert receiver.names[place : place + 3] == ["job_start"] * 3
    assert len(receiver.events) == 22


async def test_what_is_never_acknowledged_is_given_up_and_the_rest_goes_on(
    client: httpx.AsyncClient, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    await set_webhook(client, receiver.url)
    receiver.decide = failing(ATTEMPTS, answer(503, b"busy"), "job_start")
    await make_job(client)
    await receiver.wait_for("job_finished")
    await all_delivered(client)
    [last] = await deliveries(client, state="given_up")
    assert (last["attempt"], last["status"], last["answer"]) == (ATTEMPTS, 503, "busy")
    assert last["name"] == "job_start"
    assert f"event {last['event']} (job_start) is given up after {ATTEMPTS} attempts" in caplog.text
    assert receiver.names.count("job_start") == ATTEMPTS


async def test_waits_grow_as_the_setting_says(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await set_webhook(client, receiver.url)
    receiver.decide = failing(ATTEMPTS, answer(500), "job_create")
    await make_job(client)
    await receiver.wait_for("job_finished")
    first, second, third = (await deliveries(client))[:3]
    assert [each["state"] for each in (first, second, third)] == ["failed", "failed", "given_up"]
    assert second["at"] >= first["next_at"] > first["at"]
    assert third["at"] >= second["next_at"]
    assert third["next_at"] is None


async def test_it_is_sent_again_also_where_the_time_stands_still(
    app: Application,
    client: httpx.AsyncClient,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await set_webhook(client, receiver.url)
    now = app.services.clock.real()
    monkeypatch.setattr(app.services.clock, "real", lambda: now)
    receiver.decide = failing(2, answer(500))
    await make_job(client)
    await receiver.wait_for("job_finished")
    assert receiver.names[:4] == ["job_create"] * 3 + ["file_added_to_job"]


async def test_a_companys_clock_that_stands_still_holds_up_nothing(
    app: Application, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await stop_clock(app)
    begun = to_wire(app.services.clock.real())
    await set_webhook(client, receiver.url)
    receiver.decide = failing(2, answer(500))
    await make_job(client)
    await receiver.wait_for("job_finished")
    first, second = (await deliveries(client))[:2]
    assert begun <= first["at"] < first["next_at"] <= second["at"]


async def test_only_deliveries_of_the_newest_events_are_kept(
    client: httpx.AsyncClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "KEPT", 10)
    await set_webhook(client, receiver.url)
    for _ in range(5):
        await make_job(client)
    await receiver.wait(100)
    await all_delivered(client)
    assert [each["number"] for each in await deliveries(client)] == list(range(91, 101))


async def test_one_companys_receiver_does_not_hold_up_anothers(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    async with receiving(lambda _: Hang) as hanging:
        made = (await client.post("/__admin/companies")).json()
        await set_webhook(client, hanging.url, made["id"])
        await set_webhook(client, receiver.url)
        headers = {"X-TagshelfAPI-Key": made["api_key"]}
        urls = {"urls": ["https://files.test/a.pdf"]}
        await client.post("/api/file/upload", headers=headers, json=urls)
        await hanging.wait(1)
        await make_job(client)
        await receiver.wait_for("job_finished")
    assert len({body["event"]["company_id"] for body in receiver.events}) == 1


async def test_a_restart_goes_on_where_it_was(settings: Settings, receiver: Receiver) -> None:
    async with application(create_app(settings)) as app, client_of(app) as client:
        await set_webhook(client, receiver.url)
        receiver.decide = lambda posted: (
            Hang if "job_start" in posted.body["event"]["event_name"] else answer()
        )
        await make_job(client)
        await receiver.wait_for("job_start")
    before = len(receiver.events)
    receiver.decide = lambda _: answer()
    async with application(create_app(settings)) as app, client_of(app) as client:
        await receiver.wait_for("job_finished")
        await all_delivered(client)
        told = await names_told(app)
    # Only what was under way came twice.
    assert receiver.names[before] == "job_start"
    assert len(receiver.events) == len(told) + 1


async def test_a_webhook_that_is_removed_gets_nothing_more(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    async with receiving(lambda _: answer(500)) as failing_always:
        await set_webhook(client, failing_always.url)
        await make_job(client)
        await failing_always.wait(1)
        gone = await client.delete("/__admin/webhook")
        assert gone.json() == {"removed": 1}
        assert await deliveries(client, state="pending") == []
        await set_webhook(client, receiver.url)
        job = await make_job(client)
        await receiver.wait_for("job_finished")
    assert {body["event"].get("job_id", job) for body in receiver.events} == {job}


async def test_a_company_without_a_webhook_costs_no_attempt(
    app: Application, client: httpx.AsyncClient
) -> None:
    await make_job(client)
    assert await deliveries(client) == []
    assert not app.events.webhooks.is_loaded
