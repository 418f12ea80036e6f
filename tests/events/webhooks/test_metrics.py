"""Deliveries are counted by what becomes of them, and what waits is known without asking."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest

from alfred_mock.core.clock import Clock, Instant
from alfred_mock.core.meter import NO_METER
from alfred_mock.core.settings import Settings
from alfred_mock.events.webhooks.waiting import Waiting
from alfred_mock.main import Application, create_app
from tests.events.webhooks.calls import all_delivered, fail, make_job, set_webhook
from tests.events.webhooks.receivers import (
    Hang,
    Receiver,
    answer,
    receiving,
)
from tests.support import application, client_of
from tests.telemetry.readings import value

pytestmark = pytest.mark.anyio

EVENTS = 20
"""Of a job with one file."""
COMPANY, OTHER = "one", "another"
HERE, THERE = "here", "there"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database_url,
        metrics=True,
        webhook_retries=(0.01,),
        webhook_timeout=60,
    )


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as started:
        yield started


async def _text(client: httpx.AsyncClient) -> str:
    return (await client.get("/metrics")).text


async def test_attempts_are_counted_and_timed_by_what_became_of_them(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await set_webhook(client, receiver.url)
    refusals = 3  # the first event twice, and so in vain; the second one once
    answers = iter([answer(500)] * refusals)
    receiver.decide = lambda _: next(answers, answer())
    await make_job(client)
    await receiver.wait_for("job_finished")
    await all_delivered(client)
    text = await _text(client)
    counted = {
        outcome: value(text, "webhook_attempts_total", outcome=outcome)
        for outcome in ("acknowledged", "failed", "given_up", "lost")
    }
    assert counted == {"acknowledged": EVENTS - 1, "failed": 2, "given_up": 1, "lost": 0}
    assert value(text, "webhook_attempt_duration_seconds_count") == EVENTS - 1 + refusals
    assert value(text, "events_told_total", receiver="webhook") == EVENTS - 1
    assert value(text, "events_told_total", event="job_create") == 0
    assert value(text, "webhook_deliveries_waiting") == 0
    assert value(text, "webhook_oldest_waiting_seconds") == 0


async def test_what_a_fault_has_lost_was_told_to_nobody(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await set_webhook(client, receiver.url)
    await fail(client, "job_start", lost=True)
    await make_job(client)
    await receiver.wait_for("job_finished")
    await all_delivered(client)
    text = await _text(client)
    assert value(text, "webhook_attempts_total", outcome="lost") == 1
    assert value(text, "events_told_total", event="job_start") == 0
    assert value(text, "events_told_total", receiver="webhook") == EVENTS - 1


async def test_what_waits_for_a_receiver_that_hangs_is_told(
    app: Application,
    client: httpx.AsyncClient,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await set_webhook(client, receiver.url)
    receiver.decide = lambda _: Hang
    await make_job(client)
    await receiver.wait(1)
    real = app.services.clock.real
    monkeypatch.setattr(app.services.clock, "real", lambda: real() + 600_000)
    text = await _text(client)
    assert value(text, "webhook_deliveries_waiting") == EVENTS
    assert 600 <= value(text, "webhook_oldest_waiting_seconds") < 1_200


async def test_only_the_process_that_delivers_knows_what_waits(
    settings: Settings, receiver: Receiver
) -> None:
    shared = settings.model_copy(update={"workers": 2})
    async with (
        application(create_app(shared)) as one,
        application(create_app(shared)) as two,
        client_of(one) as here,
        client_of(two) as there,
    ):
        await set_webhook(here, receiver.url)
        receiver.decide = lambda _: Hang
        await make_job(there)
        await receiver.wait(1)
        texts = [await _text(client) for client in (here, there)]
    assert sum(value(text, "webhook_deliveries_waiting") for text in texts) == EVENTS


class _Known(Clock):
    """What waits for webhooks, at a time that a test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 1_000_000
        self.waiting = Waiting(NO_METER, HERE, self)
        self.row = SimpleNamespace(
            company_id=COMPANY, claimed_by=HERE, last_number=0, delivered_number=0
        )

    def real(self) -> Instant:
        return self.now_ms

    def look(self, *planned: SimpleNamespace, **columns: object) -> None:
        self.row = SimpleNamespace(**{**vars(self.row), **columns})
        self.waiting.look(self.row, planned)

    @property
    def figures(self) -> tuple[int, float]:
        return self.waiting.count(), self.waiting.oldest_seconds()


def test_the_age_is_that_of_the_oldest_event_which_waits() -> None:
    known = _Known()
    known.look(last_number=3)
    known.now_ms += 10_000
    known.look(last_number=5)
    known.now_ms += 10_000
    assert known.figures == (5, 20)
    known.row.delivered_number = 2
    assert known.figures == (3, 20)
    known.row.delivered_number = 3
    assert known.figures == (2, 10)
    known.row.delivered_number = 5
    assert known.figures == (0, 0)


def test_events_of_the_same_second_are_one_mark() -> None:
    known = _Known()
    for number in range(1, 1_001):
        known.now_ms += 1
        known.look(last_number=number)
    assert len(known.waiting._lines[COMPANY].seen) <= 2
    assert known.waiting.count() == 1_000


def test_a_planned_attempt_at_the_next_event_is_that_event() -> None:
    known = _Known()
    again = SimpleNamespace(event_number=8, at=known.now_ms - 5_000)
    known.look(again, last_number=8, delivered_number=7)
    assert known.figures == (1, 0)
    known.look(again, last_number=8, delivered_number=8)
    assert known.figures == (1, 5)


def test_a_webhook_that_another_process_has_taken_over_is_forgotten() -> None:
    known = _Known()
    known.look(last_number=3)
    known.look(claimed_by=None)
    assert known.figures == (3, 0)
    known.look(claimed_by=THERE)
    assert known.figures == (0, 0)
    known.look(claimed_by=None)
    assert known.figures == (0, 0)


def test_companies_are_added_up() -> None:
    known = _Known()
    known.look(last_number=3)
    known.now_ms += 2_000
    known.look(last_number=4, company_id=OTHER)
    assert known.figures == (7, 2)
    known.waiting.forget(COMPANY)
    assert known.figures == (4, 0)


async def test_what_delivers_is_loaded_with_the_first_webhook(
    app: Application, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await make_job(client)
    assert not app.events.webhooks.is_loaded
    await set_webhook(client, receiver.url)
    await make_job(client)
    await receiver.wait_for("job_finished")
    assert app.events.webhooks.is_loaded
