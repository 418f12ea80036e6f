"""Sessions are closed at once or not at all, however many replicas are asked at the same time."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.alfred.calls import (
    FILE,
    JOB,
    REMOTE,
    SESSION,
    clients,
    get,
    job_of_session,
    new_session,
    try_job,
    try_upload,
    upload,
)
from tests.support import WITH_KEY, application

pytestmark = pytest.mark.anyio

ROUNDS = 25


@pytest.fixture
async def replicas(
    app: Application, settings: Settings
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Clients of two applications on one database."""
    async with application(create_app(settings)) as other, clients(app, other) as (one, two):
        yield one, two


def _statuses(answers: Iterable[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def test_of_several_jobs_at_once_one_closes_the_session(
    replicas: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> None:
    for _ in range(ROUNDS):
        session_id = await new_session(replicas[0])
        await upload(replicas[0], session_id)
        calls = [try_job(client, session_id=session_id) for client in replicas * 2]
        answers = await asyncio.gather(*calls)
        assert _statuses(answers) == [200, 409, 409, 409]
        (created,) = (answer for answer in answers if answer.status_code == 200)
        session = await get(replicas[0], SESSION, session_id)
        assert session["job_id"] == created.json()["job_id"]


async def test_an_upload_is_in_the_job_or_refused(
    replicas: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> None:
    one, two = replicas
    refused = 0
    for number in range(ROUNDS):
        session_id = await new_session(one)
        first = await upload(one, session_id)
        uploads = [try_upload(client, session_id, f"{number}.pdf") for client in (one, two) * 3]
        calls = [
            *uploads[: number % 7],
            try_job(two, session_id=session_id),
            *uploads[number % 7 :],
        ]
        answers = await asyncio.gather(*calls)
        assert set(_statuses(answers)) <= {200, 409}
        refused += sum(answer.status_code == 409 for answer in answers)
        bodies = [answer.json() for answer in answers if answer.status_code == 200]
        (job_id,) = (body["job_id"] for body in bodies if "job_id" in body)
        accepted = {first, *(body["file_id"] for body in bodies if "file_id" in body)}
        job = await get(two, JOB, job_id)
        assert {file["id"] for file in job["files"]} == accepted
        assert job["file_sources_count"] == len(accepted)
        for file_id in accepted:
            assert (await get(one, FILE, file_id))["status"] == "finished"
    assert refused


async def test_replicas_never_give_the_same_name_twice(
    replicas: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> None:
    one, two = replicas
    session_id = await new_session(one)
    for number in range(ROUNDS):
        names = [f"{number}.pdf", f"{number}-1.pdf", f"{number}-1-1.pdf"] * 2
        await asyncio.gather(
            *(upload(client, session_id, name) for client in (one, two) for name in names)
        )
    job = await get(one, JOB, await job_of_session(one, session_id))
    found = [file["file_name"] for file in job["files"]]
    assert len(found) == len(set(found)) == ROUNDS * 12


async def test_remote_uploads_of_the_same_names_do_not_wait_for_each_other_for_ever(
    replicas: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> None:
    names = [*(f"{number}.pdf" for number in range(5)), "0-1.pdf", "1-2-3.pdf"]
    found: list[str] = []
    for _ in range(ROUNDS // 2):
        answers = await asyncio.gather(
            *(
                client.post(
                    REMOTE,
                    json={"source": "s", "container": "c", "file_names": names[::step]},
                    headers=WITH_KEY,
                )
                for client in replicas
                for step in (1, -1)
            )
        )
        assert _statuses(answers) == [200] * 4
        for answer in answers:
            job = await get(replicas[0], JOB, answer.json()["job_id"])
            found += [file["file_name"] for file in job["files"]]
    assert len(found) == len(set(found))
