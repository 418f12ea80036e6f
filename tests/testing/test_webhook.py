"""A receiver that is a company's webhook, in the test's own process."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from alfred_mock.testing import AlfredMock, Company
from alfred_mock.testing.webhook import SHOWN

UPLOAD = {"urls": ["https://files.test/factura.pdf"]}
EVENTS = 20


@pytest.fixture(scope="module")
def server() -> Iterator[AlfredMock]:
    with AlfredMock(webhook_retries=(0.01, 0.02)) as started:
        yield started


def make_job(http: httpx.Client) -> str:
    return str(http.post("/api/file/upload", json=UPLOAD).json()["job_id"])


def test_it_gets_the_events_of_its_company(
    server: AlfredMock, company: Company, http: httpx.Client
) -> None:
    other = server.company()
    with company.webhook() as hook, other.webhook() as others:
        job = make_job(http)
        [finished] = hook.wait_for("job_finished")
        assert finished.fields["job_id"] == job
        assert finished.body["event_id"] == finished.id
        assert (finished.attempt, finished.status) == (1, 200)
        assert str(finished) == f"job_finished of {job}, answered with 200"
        assert len(hook.received) == EVENTS
        assert hook.names[:2] == ["job_create", "file_add_to_job"]
        assert others.attempts == []


def test_an_event_can_be_waited_for_by_its_fields(company: Company, http: httpx.Client) -> None:
    with company.webhook() as hook:
        make_job(http)
        [update] = hook.wait_for("file_status_*", file_status="finished")
        assert update.fields["classification_status"] == "complete"
        assert update.name == "file_status_update"


def test_what_came_instead_is_said(company: Company, http: httpx.Client) -> None:
    with company.webhook() as hook:
        job = make_job(http)
        hook.wait_for("job_finished")
        with pytest.raises(AssertionError) as raised:
            hook.wait_for("job_failed", timeout=0, job_id=job)
    first, second, *lines = str(raised.value).splitlines()
    assert first == f"0 of 1 events job_failed job_id={job} came within 0 s. Came:"
    assert second == f"... and {EVENTS - SHOWN} before" or EVENTS <= SHOWN
    assert lines[-1] == f"job_finished of {job}, answered with 200"


def test_it_answers_as_it_is_told(company: Company, http: httpx.Client) -> None:
    with company.webhook() as hook:
        hook.answer_with(500)
        make_job(http)
        hook.wait_for("job_finished")
        first, second = hook.attempts[:2]
        assert (first.status, second.status) == (500, 200)
        assert (first.id, first.attempt, second.attempt) == (second.id, 1, 2)
        assert hook.received[0] == second
        assert str(second).endswith(", attempt 2, answered with 200")
        [failed] = company.deliveries(state="failed")
        assert failed["status"] == 500


def test_deliveries_can_be_repeated_and_broken(company: Company, http: httpx.Client) -> None:
    with company.webhook() as hook:
        company.fail_delivery("job_start", lost=True)
        make_job(http)
        [last] = hook.wait_for("job_finished")
        assert "job_start" not in hook.names
        company.redeliver(last.id)
        hook.wait_for_attempts(EVENTS)
        assert [each.attempt for each in hook.attempts if each.id == last.id] == [1, 2]
        assert len(hook.received) == EVENTS - 1


def test_the_last_one_is_the_webhook(company: Company, http: httpx.Client) -> None:
    with company.webhook() as second_last, company.webhook() as last:
        second_last.close()
        make_job(http)
        last.wait_for("job_finished")
        assert second_last.attempts == []


def test_a_reset_leaves_it_the_webhook(company: Company, http: httpx.Client) -> None:
    with company.webhook() as hook:
        company.reset()
        job = make_job(http)
        hook.wait_for("job_finished", job_id=job)


def test_it_ends_with_its_company(company: Company) -> None:
    hook = company.webhook()
    company.delete()
    with pytest.raises(httpx.ConnectError):
        httpx.post(hook.url, json={}, trust_env=False)
    hook.close()


def test_deliveries_are_no_requests_of_the_test(company: Company, http: httpx.Client) -> None:
    with company.webhook() as hook:
        make_job(http)
        hook.wait_for("job_finished")
        assert [str(each) for each in company.requests()] == ["POST /api/file/upload 200"]
        assert len(company.requests(outgoing=True)) >= EVENTS - 1


def test_it_can_be_awaited(company: Company, http: httpx.Client) -> None:
    async def run() -> str:
        hook = await company.aio.webhook()
        await asyncio.to_thread(make_job, http)
        [event] = await hook.aio.wait_for("job_finished")
        await hook.aio.close()
        return str(event.name)

    assert asyncio.run(run()) == "job_finished"
