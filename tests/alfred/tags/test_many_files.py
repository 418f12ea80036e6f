"""A tag with more files than a page: all of them, in order, each once."""

import httpx
import pytest
from sqlalchemy import func, select

from alfred_mock.alfred.tables import File, FileContent, FileValue
from alfred_mock.alfred.tags.repository import PAGE
from alfred_mock.database import Statement
from alfred_mock.main import Application
from tests.support import COMPANY, WITH_KEY

pytestmark = pytest.mark.anyio

COUNT = 2 * PAGE + 50
TAG = "5a7c1c1e-0000-4000-8000-000000000001"


@pytest.fixture
async def many(client: httpx.AsyncClient) -> list[str]:
    """The ids of the files, the oldest first."""
    ids = [f"5a7c1c1e-0000-4000-9000-{index:012}" for index in range(COUNT)]
    job = "5a7c1c1e-0000-4000-8000-000000000002"
    part = {
        "tags": [{"id": TAG, "name": "T", "data_points": [{"name": "d"}]}],
        "jobs": [{"id": job, "user_name": "U", "creation_date": "2022-11-17T00:00:00.000"}],
        "files": [
            {
                "id": id_,
                "job_id": job,
                "file_name": f"{index}.pdf",
                "tag": "T",
                "values": {"d": f"{index}"},
                "creation_date": f"2022-11-17T00:{index // 60 % 60:02}:00.000",
            }
            for index, id_ in enumerate(ids)
        ],
    }
    answer = await client.put(f"/__admin/seed?company={COMPANY}", json=part)
    assert answer.status_code == 200, answer.text
    return ids


async def test_every_file_is_in_values_and_report_in_order(
    client: httpx.AsyncClient, many: list[str]
) -> None:
    values = (await client.get(f"/api/values/tag/{TAG}", headers=WITH_KEY)).json()
    assert [value["value"] for value in values] == [f"{index}" for index in range(COUNT)]
    report = (await client.get(f"/api/report/tag/{TAG}", headers=WITH_KEY)).json()
    assert [row["file_id"] for row in report] == many


async def test_a_reset_brings_all_of_them_back(
    app: Application, client: httpx.AsyncClient, many: list[str]
) -> None:
    session = (await client.post("/api/deferred/create", headers=WITH_KEY)).json()["session_id"]
    extra = {"session_id": session}
    for _ in range(3):
        await client.post(
            "/api/file/uploadfile", headers=WITH_KEY, data=extra, files={"file": ("a", b"b")}
        )
    assert (await client.post("/__admin/reset", json={"company": COMPANY})).status_code == 200
    for table in (File, FileContent, FileValue):
        count = Statement(select(func.count()).select_from(table))
        assert [total for (total,) in await app.services.database.fetch(count())] == [COUNT]
