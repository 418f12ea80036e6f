"""Sessions, jobs and files, from a seed to the database and to those who ask for them."""

from typing import Any

import httpx
import pytest

from alfred_mock.alfred.remote_uploads.stand_in import stand_in
from alfred_mock.core.errors import Refusal
from alfred_mock.main import Application
from tests.control.seed.documents import (
    A_FILE,
    A_JOB,
    CLOSED,
    DATE,
    FILE,
    FULL,
    JOB,
    TAG,
    THIRD,
    WITH_OTHER_KEY,
    load_company,
    rows_of,
)

pytestmark = pytest.mark.anyio

ALONE: dict[str, Any] = {"id": JOB, "creation_date": DATE, "user_name": "other"}
LOOSE: dict[str, Any] = {"id": FILE, "job_id": JOB, "file_name": "a.txt", "creation_date": DATE}


async def test_a_seeded_job_can_be_asked_for(app: Application, client: httpx.AsyncClient) -> None:
    await load_company(app.services, **FULL)
    client.headers.update(WITH_OTHER_KEY)
    job = (await client.get(f"/api/job/detail/{JOB}")).json()
    assert (job["stage"], job["files"][0]["tag_name"]) == ("completed", "RECIBO")
    session = (await client.get(f"/api/deferred/detail/{CLOSED}")).json()
    assert session["job_id"] == job["id"]
    file = (await client.get(f"/api/file/detail/{FILE}")).json()
    assert (file["status"], file["tag_id"]) == ("finished", TAG)
    content = await client.get(f"/api/file/download/{FILE}")
    assert content.content == stand_in("recibo.pdf")


async def test_what_is_there_is_left_as_it_has_become(app: Application) -> None:
    await load_company(app.services, **FULL)
    before = [await rows_of(app.services, table) for table in ("job", "file", "file_content")]
    changed = {
        **FULL,
        "jobs": [{**A_JOB, "outcome": "failed"}],
        "files": [{**A_FILE, "file_name": "b.pdf", "content": "other", "values": {}}],
    }
    await load_company(app.services, **changed)
    after = [await rows_of(app.services, table) for table in ("job", "file", "file_content")]
    assert after == before
    assert len(await rows_of(app.services, "file_value")) == 2


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"jobs": [ALONE]}, f"the job {JOB}"),
        (
            {
                "deferred_sessions": [{"id": THIRD, "creation_date": DATE, "user_name": "u"}],
                "files": [{**LOOSE, "job_id": None, "deferred_session_id": THIRD}],
            },
            f"the file {FILE}",
        ),
    ],
)
async def test_what_another_company_has_is_refused_and_nothing_is_loaded(
    app: Application, parts: dict[str, Any], problem: str
) -> None:
    await load_company(app.services, **FULL)
    content = await rows_of(app.services, "file_content")
    with pytest.raises(Refusal, match=f"seed: {problem} belongs to another company"):
        await load_company(app.services, THIRD, **parts)
    assert await rows_of(app.services, "deferred_session", THIRD) == []
    assert await rows_of(app.services, "file_content") == content
