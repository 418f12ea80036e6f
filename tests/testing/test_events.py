"""A company's events in a test: waiting for them and causing them."""

import anyio
import httpx
import pytest

from alfred_mock.testing import AlfredMock, Company, ControlError, Event

REMOTE = "/api/file/upload"
TIMED = {"alfred_mock_progression": "timed"}


def _job(company: Company, **metadata: object) -> str:
    body = {"urls": ["https://example.com/factura.pdf"], "metadata": metadata or None}
    with httpx.Client(trust_env=False) as client:
        answer = client.post(f"{company.url}{REMOTE}", json=body, headers=company.headers)
    return str(answer.raise_for_status().json()["job_id"])


def test_events_of_a_job_are_there_for_who_asks_afterwards(company: Company) -> None:
    job_id = _job(company)
    [finished] = company.events.wait_for("job_finished")
    assert isinstance(finished, Event)
    assert (finished.job, finished.company) == (job_id, company.id)
    assert finished.fields["company_name"] == company.name
    names = [event.name for event in company.events.all(job=job_id)]
    assert (names[0], names[-1]) == ("job_create", "job_finished")


def test_a_timed_job_is_waited_for(company: Company) -> None:
    job_id = _job(company, **TIMED)
    [finished] = company.events.wait_for("job_finished", timeout=30, job=job_id)
    assert finished.at > company.events.all("job_create")[0].at


def test_what_came_instead_is_in_the_failure(company: Company) -> None:
    job_id = _job(company)
    with pytest.raises(AssertionError) as raised:
        company.events.wait_for("job_failed", timeout=0)
    said = str(raised.value)
    assert said.startswith("0 of 1 events came within 0 s. Asked for: job_failed. Came:")
    assert f"  job_stage_update completed of job {job_id}" in said
    assert said.endswith(f"job_finished of job {job_id}")


def test_where_nothing_came_the_failure_says_none(company: Company) -> None:
    with pytest.raises(AssertionError, match=r"none$"):
        company.events.wait_for(timeout=0)


def test_an_event_can_be_told_with_members_that_differ(company: Company) -> None:
    _job(company)
    file_id = company.events.all("file_add_to_job")[0].file
    assert file_id is not None
    [told] = company.emit("file_property_create", file=file_id, value="Secret")
    assert (told.fields["name"], told.fields["value"]) == ("Document Type", "Secret")
    [found] = company.events.wait_for("file_property_create")
    assert found == told
    assert (
        repr(found)
        == f"<Event {found.number}: file_property_create Document Type of file {file_id}>"
    )


def test_an_event_that_there_is_not_is_refused(company: Company) -> None:
    with pytest.raises(ControlError, match="the nearest is 'job_finished'"):
        company.events.all("job_finish")


def test_the_server_shows_the_events_of_all_companies(server: AlfredMock) -> None:
    first, second = server.company(), server.company()
    jobs = {_job(first), _job(second)}
    finished = server.events.wait_for("job_finished", count=2)
    assert jobs <= {event.job for event in finished}


@pytest.mark.anyio
async def test_coroutines_wait_without_holding_up_their_loop(company: Company) -> None:
    found: list[Event] = []

    async def wait() -> None:
        found.extend(await company.aio.events.wait_for("job_finished", timeout=30))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        job_id = await anyio.to_thread.run_sync(lambda: _job(company, **TIMED))
    assert [event.job for event in found] == [job_id]


@pytest.mark.anyio
async def test_who_waits_in_a_coroutine_without_awaiting_is_told_how(company: Company) -> None:
    with pytest.raises(AssertionError, match=r"await aio\.events\.wait_for"):
        company.events.wait_for("job_failed", timeout=0)
