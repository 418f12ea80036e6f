"""A job as it is shown: one by one, as it moves on, and in lists."""

import asyncio
from operator import itemgetter
from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.alfred.jobs import repository
from alfred_mock.core import streams
from alfred_mock.core.settings import Progression, Settings
from alfred_mock.main import Application, create_app
from tests.alfred.calls import (
    FILE,
    JOB,
    JOBS,
    NOON,
    VALUES_OF_FILE,
    WITH_OTHER_KEY,
    clients,
    freeze,
    get,
    job_of_files,
)
from tests.alfred.seeds import write_seed
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY, application

pytestmark = pytest.mark.anyio

# How many milliseconds after its creation a job with stages of a second shows what.
TIMELINE = [
    (0, "queued", "uploaded", False),
    (999, "queued", "uploaded", False),
    (1_000, "started", "uploaded", True),
    (2_000, "in_progress", "pre_processing", True),
    (2_200, "in_progress", "ocr", True),
    (2_400, "in_progress", "classifying", True),
    (2_600, "in_progress", "indexing", True),
    (2_800, "in_progress", "extracted", True),
    (2_999, "in_progress", "extracted", True),
    (3_000, "completed", "finished", True),
    (10**9, "completed", "finished", True),
]
STEPS = ["queued", "started", *["in_progress"] * 5, "completed"]


async def test_a_finished_job_has_the_captured_fields(
    app: Application, client: httpx.AsyncClient
) -> None:
    freeze(app, NOON)
    job_id = await job_of_files(client, "a.pdf")
    job = await get(client, JOB, job_id)
    (file,) = job["files"]
    date = "2023-11-14T22:13:20.000"
    expected = {
        "id": job_id,
        "creation_date": date,
        "has_job_request_info": False,
        "job_request_date": None,
        "update_date": date,
        "company_id": COMPANY,
        "bulk_id": None,
        "deferred_session_id": job["deferred_session_id"],
        "user_name": "API Key 1",
        "channel": "api",
        "source": None,
        "container": None,
        "remote_file_name": None,
        "remote_file_names": None,
        "merge": False,
        "decompose": False,
        "propagate_metadata": False,
        "parent_file_prefix": None,
        "decomposed_page_rotation": -1,
        "metadata": None,
        "file_count": 1,
        "file_sources_count": 1,
        "metadata_objects_count": 0,
        "finished_files": 1,
        "files": [
            {
                "id": file["id"],
                "creation_date": date,
                "update_date": date,
                "file_name": "a.pdf",
                "tag_name": "FACTURA",
                "is_parent": False,
                "is_children": False,
                "status": "finished",
            }
        ],
        "retries": 0,
        "exceeded_retries": False,
        "file_urls": [
            f"https://alfred-mock.blob.core.windows.net/tsc-{COMPANY}-files/{file['id']}"
        ],
        "error_messages": [],
        "stage": "completed",
        "priority": "normal",
        "input_source_type": "deferred_upload",
        "start_date": date,
        "email_from": None,
        "email_subject": None,
        "email_body": None,
    }
    assert job == expected
    assert list(job) == list(expected)


async def test_an_unknown_job(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{JOB}/{UNKNOWN_ID}", headers=WITH_KEY)
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "Not Found",
        "message": f"Job with ID {UNKNOWN_ID} does not exist.",
    }


class TestTimed:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(
            _env_file=None,
            database_url=database_url,
            progression=Progression.TIMED,
            stage_seconds=1,
        )

    async def _timeline(self, app: Application, client: httpx.AsyncClient, job_id: str) -> Any:
        seen = []
        for offset, *_ in TIMELINE:
            freeze(app, NOON + offset)
            job = await get(client, JOB, job_id)
            file = await get(client, FILE, job["files"][0]["id"])
            seen.append((job, file))
        return seen

    async def test_a_job_moves_on_with_time(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        freeze(app, NOON)
        seen = await self._timeline(app, client, await job_of_files(client))
        assert [
            (offset, job["stage"], file["status"], job["start_date"] is not None)
            for (offset, *_), (job, file) in zip(TIMELINE, seen, strict=True)
        ] == TIMELINE
        assert all(job["files"][0]["status"] == file["status"] for job, file in seen)
        assert seen[2][0]["start_date"] == seen[-1][0]["start_date"] == "2023-11-14T22:13:21.000"
        assert seen[-1][0]["update_date"] == "2023-11-14T22:13:23.000"

    async def test_every_replica_says_the_same_and_so_does_one_that_is_restarted(
        self, app: Application, client: httpx.AsyncClient, settings: Settings
    ) -> None:
        freeze(app, NOON)
        job_id = await job_of_files(client, "alfred-mock-retried.pdf", "b.pdf")
        here = await self._timeline(app, client, job_id)
        other = create_app(settings)
        async with application(other), clients(other) as (second,):
            assert await self._timeline(other, second, job_id) == here

    async def test_a_file_has_its_tag_once_it_is_classified(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        freeze(app, NOON)
        seen = await self._timeline(app, client, await job_of_files(client))
        tags = [(file["tag_name"], job["files"][0]["tag_name"]) for job, file in seen]
        assert tags == [(None, "")] * 6 + [("FACTURA", "FACTURA")] * 5
        for (_, file), (name, _) in zip(seen, tags, strict=True):
            assert (file["tag_id"] is None) == (name is None)
            assert file["classification_score"] == (0.0 if name is None else 0.95)

    async def test_a_file_has_values_once_they_are_extracted(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        freeze(app, NOON)
        job = await get(client, JOB, await job_of_files(client))
        counts = []
        for offset, *_ in TIMELINE:
            freeze(app, NOON + offset)
            counts.append(len(await get(client, VALUES_OF_FILE, job["files"][0]["id"])))
        assert counts == [0] * 7 + [3] * 4

    async def test_errors_are_shown_only_at_the_end(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        freeze(app, NOON)
        job_id = await job_of_files(client, "alfred-mock-exceeded-retries.pdf")
        seen = {}
        for offset in range(0, 13_000, 1_000):
            freeze(app, NOON + offset)
            job = await get(client, JOB, job_id)
            seen[offset] = (job["retries"], job["exceeded_retries"], len(job["error_messages"]))
        attempts = [(retries, False, 0) for retries in range(4) for _ in range(3)]
        assert list(seen.values()) == [*attempts, (3, True, 1)]

    async def test_a_job_may_choose_to_be_done_at_once(self, client: httpx.AsyncClient) -> None:
        metadata = {"alfred_mock_progression": "immediate"}
        job = await get(client, JOB, await job_of_files(client, metadata=metadata))
        assert job["stage"] == "completed"

    async def test_reading_does_not_move_it_on(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        freeze(app, NOON)
        job_id = await job_of_files(client)
        assert {(await get(client, JOB, job_id))["stage"] for _ in range(9)} == {"queued"}


class TestManual:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(_env_file=None, database_url=database_url, progression=Progression.MANUAL)

    async def test_each_read_of_the_detail_is_one_step(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        freeze(app, NOON)
        job_id = await job_of_files(client)
        for number, stage in enumerate([*STEPS, "completed", "completed"]):
            freeze(app, NOON + number * 1_000)
            job = await get(client, JOB, job_id)
            assert job["stage"] == stage
            second = 20 + min(number, len(STEPS) - 1)
            assert job["update_date"] == f"2023-11-14T22:13:{second}.000"
            assert (job["start_date"] is None) == (number == 0)

    async def test_reading_anything_else_is_none(self, client: httpx.AsyncClient) -> None:
        job_id = await job_of_files(client)
        job = await get(client, JOB, job_id)
        for _ in range(3):
            await get(client, JOBS)
            await get(client, FILE, job["files"][0]["id"])
            await get(client, VALUES_OF_FILE, job["files"][0]["id"])
        assert (await get(client, JOB, job_id))["stage"] == "started"

    async def test_lists_and_files_show_the_step_of_the_last_read(
        self, client: httpx.AsyncClient
    ) -> None:
        job_id = await job_of_files(client)
        for _ in STEPS:
            job = await get(client, JOB, job_id)
            assert (await get(client, JOBS))["result"] == [job]
            file = await get(client, FILE, job["files"][0]["id"])
            assert file["status"] == job["files"][0]["status"]

    async def test_concurrent_reads_are_one_step_each(self, client: httpx.AsyncClient) -> None:
        for count in range(1, len(STEPS) + 1):
            job_id = await job_of_files(client)
            jobs = await asyncio.gather(*(get(client, JOB, job_id) for _ in range(count)))
            seen = {(job["stage"], job["files"][0]["status"]) for job in jobs}
            assert len(seen) == count
            assert sorted(job["stage"] for job in jobs) == sorted(STEPS[:count])

    async def test_a_step_is_remembered_after_a_restart(
        self, client: httpx.AsyncClient, settings: Settings
    ) -> None:
        job_id = await job_of_files(client)
        for _ in range(2):
            await get(client, JOB, job_id)
        other = create_app(settings)
        async with application(other), clients(other) as (second,):
            assert (await get(second, JOB, job_id))["stage"] == "in_progress"


class TestOfTheCompany:
    """A company's own progression wins over the server's."""

    @pytest.fixture
    def settings(self, database_url: str, tmp_path: Path) -> Settings:
        seed = write_seed(tmp_path, other={"progression": "timed", "stage_seconds": 2})
        return Settings(_env_file=None, database_url=database_url, seed=seed)

    async def test_each_company_has_its_own(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        own = await job_of_files(client)
        theirs = await job_of_files(client, headers=WITH_OTHER_KEY)
        assert (await get(client, JOB, own))["stage"] == "completed"
        assert (await get(client, JOB, theirs, headers=WITH_OTHER_KEY))["stage"] == "queued"

    async def test_a_job_of_another_company_does_not_exist(self, client: httpx.AsyncClient) -> None:
        theirs = await job_of_files(client, headers=WITH_OTHER_KEY)
        assert (await client.get(f"{JOB}/{theirs}", headers=WITH_KEY)).status_code == 404

    async def test_a_list_has_only_ones_own(self, client: httpx.AsyncClient) -> None:
        own = await job_of_files(client)
        await job_of_files(client, headers=WITH_OTHER_KEY)
        listed = await get(client, JOBS)
        assert ([job["id"] for job in listed["result"]], listed["total"]) == ([own], 1)


class TestList:
    async def test_without_jobs_it_is_empty(self, client: httpx.AsyncClient) -> None:
        expected = {"result": [], "total": 0, "is_empty": True}
        listed = await get(client, JOBS)
        assert listed == expected
        assert list(listed) == list(expected)

    async def test_it_has_what_the_details_say(self, client: httpx.AsyncClient) -> None:
        ids = [await job_of_files(client, f"{number}.pdf", "x") for number in range(3)]
        details = [await get(client, JOB, job_id) for job_id in ids]
        listed = await get(client, JOBS)
        assert sorted(listed["result"], key=itemgetter("id")) == sorted(
            details, key=itemgetter("id")
        )
        assert (listed["total"], listed["is_empty"]) == (3, False)

    async def _many(self, app: Application, client: httpx.AsyncClient, count: int) -> list[str]:
        ids = []
        for number in range(count):
            freeze(app, NOON + number)
            ids.append(await job_of_files(client))
        return ids[::-1]

    async def test_the_newest_comes_first(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        ids = await self._many(app, client, 4)
        assert [job["id"] for job in (await get(client, JOBS))["result"]] == ids

    async def test_pages_follow_each_other(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        ids = await self._many(app, client, 12)
        pages = [await get(client, f"{JOBS}?currentPage={n}&pageSize=5") for n in range(1, 5)]
        assert [[job["id"] for job in page["result"]] for page in pages] == [
            ids[:5],
            ids[5:10],
            ids[10:],
            [],
        ]
        assert [page["is_empty"] for page in pages] == [False, False, False, True]
        assert {page["total"] for page in pages} == {12}
        assert len((await get(client, JOBS))["result"]) == 10

    async def test_jobs_of_the_same_instant_have_an_order_too(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        freeze(app, NOON)
        ids = {await job_of_files(client) for _ in range(6)}
        pages = [await get(client, f"{JOBS}?pageSize=2&currentPage={n}") for n in (1, 2, 3)]
        assert {job["id"] for page in pages for job in page["result"]} == ids

    async def test_none_is_missed_while_others_are_created(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        ids = set(await self._many(app, client, 7))
        seen: set[str] = set()
        number = 1
        while (page := await get(client, f"{JOBS}?pageSize=2&currentPage={number}"))["result"]:
            seen |= {job["id"] for job in page["result"]}
            if number < 4:
                freeze(app, NOON + 1_000 + number)
                await job_of_files(client)
            number += 1
        assert seen >= ids

    @pytest.mark.parametrize(
        "query",
        [
            "currentPage=0",
            "currentPage=-1",
            "currentPage=x",
            "currentPage=",
            "currentPage=1000001",
            "pageSize=0",
            "pageSize=41",
            "pageSize=1.5",
            f"pageSize={10**30}",
        ],
    )
    async def test_what_is_out_of_bounds_is_a_bad_request(
        self, client: httpx.AsyncClient, query: str
    ) -> None:
        answer = await client.get(f"{JOBS}?{query}", headers=WITH_KEY)
        assert answer.status_code == 400
        assert answer.json()["error"] == "Bad Request"
        assert f"'{query.partition('=')[0]}'" in answer.json()["message"]

    @pytest.mark.parametrize("query", ["pageSize=1", "pageSize=40", "currentPage=1000000", "x=1"])
    async def test_what_is_within_bounds_is_not(
        self, client: httpx.AsyncClient, query: str
    ) -> None:
        await get(client, f"{JOBS}?{query}")


async def test_a_job_with_many_files_is_shown_alike_and_in_pieces(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await job_of_files(client, *(f"{number}.pdf" for number in range(5)))
    await job_of_files(client, "other.pdf")
    paths = (f"{JOB}/{job_id}", "/api/job/all")
    usual = [await client.get(path, headers=WITH_KEY) for path in paths]
    monkeypatch.setattr(repository, "MANY_FILES", 2)
    monkeypatch.setattr(streams, "PAGE", 2)
    for path, before in zip(paths, usual, strict=True):
        answer = await client.get(path, headers=WITH_KEY)
        assert answer.content == before.content
        assert ("content-length" in before.headers, "content-length" in answer.headers) == (
            True,
            False,
        )
