"""A tester chooses a job's end by a file's name, by its metadata or by the job's own."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.alfred.processing.outcomes import (
    ERROR_MESSAGES,
    METADATA_KEY,
    Outcome,
    of_job,
    of_name,
)
from alfred_mock.core.settings import Settings
from tests.alfred.calls import FILE, JOB, get, job_of_files, job_of_session, new_session, upload
from tests.alfred.seeds import write_seed

pytestmark = pytest.mark.anyio

# Outcome: stage, status of the only file, retries.
ENDS = {
    "completed": ("completed", "finished", 0),
    "failed": ("failed", "failed", 0),
    "invalid": ("invalid", "failed", 0),
    "cancelled": ("cancelled", "pre_processing", 0),
    "retried": ("completed", "finished", 1),
    "exceeded_retries": ("failed", "failed", 3),
    "file_failed": ("invalid", "failed", 0),
    "download_failed": ("invalid", "failed", 0),
}


def _check(job: dict[str, Any], outcome: str) -> None:
    stage, status, retries = ENDS[outcome]
    assert (job["stage"], job["retries"]) == (stage, retries)
    assert [file["status"] for file in job["files"]] == [status]
    assert job["finished_files"] == (status == "finished")
    assert job["exceeded_retries"] == (outcome == "exceeded_retries")
    expected = ERROR_MESSAGES.get(Outcome(outcome))
    assert job["error_messages"] == ([] if expected is None else [expected])


def test_every_outcome_is_tested() -> None:
    assert set(ENDS) == {outcome.value for outcome in Outcome}


class TestEachWay:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, database_url="sqlite:///:memory:")

    @pytest.mark.parametrize("outcome", ENDS)
    async def test_a_files_name_chooses(self, client: httpx.AsyncClient, outcome: str) -> None:
        name = f"alfred-mock-{outcome.replace('_', '-')}.pdf"
        job = await get(client, JOB, await job_of_files(client, name))
        _check(job, outcome)
        detail = await get(client, FILE, job["files"][0]["id"])
        assert detail["status"] == ENDS[outcome][1]

    @pytest.mark.parametrize("outcome", ENDS)
    async def test_a_files_metadata_chooses(self, client: httpx.AsyncClient, outcome: str) -> None:
        metadata = {METADATA_KEY: outcome, "else": 1}
        job_id = await job_of_files(client, metadata_of_files=metadata)
        _check(await get(client, JOB, job_id), outcome)

    @pytest.mark.parametrize("as_text", [False, True])
    @pytest.mark.parametrize("outcome", ENDS)
    async def test_a_jobs_metadata_chooses(
        self, client: httpx.AsyncClient, outcome: str, as_text: bool
    ) -> None:
        metadata = {METADATA_KEY: outcome}
        given = json.dumps(metadata) if as_text else metadata
        job_id = await job_of_files(client, metadata=given)
        _check(await get(client, JOB, job_id), outcome)

    async def test_the_jobs_own_metadata_wins(self, client: httpx.AsyncClient) -> None:
        job_id = await job_of_files(
            client, "alfred-mock-failed.pdf", metadata={METADATA_KEY: "cancelled"}
        )
        assert (await get(client, JOB, job_id))["stage"] == "cancelled"

    async def test_a_job_that_is_to_complete_does_so_with_files_that_want_otherwise(
        self, client: httpx.AsyncClient
    ) -> None:
        job_id = await job_of_files(
            client, "alfred-mock-failed.pdf", metadata={METADATA_KEY: "completed"}
        )
        _check(await get(client, JOB, job_id), "completed")

    async def test_a_files_metadata_wins_over_its_name(self, client: httpx.AsyncClient) -> None:
        job_id = await job_of_files(
            client, "alfred-mock-failed.pdf", metadata_of_files={METADATA_KEY: "completed"}
        )
        assert (await get(client, JOB, job_id))["stage"] == "completed"

    async def test_a_name_counts_as_it_was_uploaded(self, client: httpx.AsyncClient) -> None:
        for _ in range(3):
            job = await get(client, JOB, await job_of_files(client, "alfred-mock-failed.pdf"))
            assert job["stage"] == "failed"
        assert job["files"][0]["file_name"] == "alfred-mock-failed-2.pdf"

    async def test_only_the_file_that_asks_for_it_fails(self, client: httpx.AsyncClient) -> None:
        job_id = await job_of_files(client, "a.pdf", "alfred-mock-file-failed.pdf", "b.pdf")
        job = await get(client, JOB, job_id)
        assert [file["status"] for file in job["files"]] == ["finished", "failed", "finished"]
        assert (job["file_count"], job["finished_files"], job["stage"]) == (3, 2, "invalid")

    async def test_a_job_that_asks_for_it_fails_all_its_files(
        self, client: httpx.AsyncClient
    ) -> None:
        job_id = await job_of_files(client, "a", "b", metadata={METADATA_KEY: "file_failed"})
        job = await get(client, JOB, job_id)
        assert [file["status"] for file in job["files"]] == ["failed", "failed"]

    @pytest.mark.parametrize("value", ["unknown", "", None, 1, ["failed"], {"failed": 1}])
    async def test_what_is_no_outcome_chooses_nothing(
        self, client: httpx.AsyncClient, value: Any
    ) -> None:
        job_id = await job_of_files(client, metadata={METADATA_KEY: value})
        assert (await get(client, JOB, job_id))["stage"] == "completed"

    @pytest.mark.parametrize("metadata", [[{METADATA_KEY: "failed"}], METADATA_KEY, 1, True])
    async def test_metadata_that_is_no_object_chooses_nothing(
        self, client: httpx.AsyncClient, metadata: Any
    ) -> None:
        job_id = await job_of_files(client, metadata=metadata)
        assert (await get(client, JOB, job_id))["stage"] == "completed"


class TestPolicies:
    """What a failed file makes of the job is the company's choice, as is the number of retries."""

    @pytest.fixture
    def settings(self, database_url: str, tmp_path: Path) -> Settings:
        cloudinfo = {
            "job_retry_limit": 1,
            "invalid_on_failed_fetch": False,
            "invalid_on_failed_file": False,
        }
        seed = write_seed(tmp_path, cloudinfo=cloudinfo)
        return Settings(_env_file=None, database_url=database_url, seed=seed)

    @pytest.mark.parametrize("outcome", ["file-failed", "download-failed"])
    async def test_a_failed_file_does_not_stop_the_others(
        self, client: httpx.AsyncClient, outcome: str
    ) -> None:
        job_id = await job_of_files(client, f"alfred-mock-{outcome}.pdf", "b.pdf")
        job = await get(client, JOB, job_id)
        assert job["stage"] == "completed"
        assert [file["status"] for file in job["files"]] == ["failed", "finished"]
        assert len(job["error_messages"]) == 1

    async def test_retries_are_exceeded_at_the_companys_limit(
        self, client: httpx.AsyncClient
    ) -> None:
        job_id = await job_of_files(client, metadata={METADATA_KEY: "exceeded_retries"})
        job = await get(client, JOB, job_id)
        assert (job["retries"], job["exceeded_retries"]) == (1, True)


@pytest.mark.parametrize("policy", ["file", "fetch"])
async def test_each_policy_is_for_failures_of_its_own(
    policy: str, tmp_path: Path, database_url: str
) -> None:
    from alfred_mock.main import create_app
    from tests.alfred.calls import clients
    from tests.support import application

    seed = write_seed(tmp_path, cloudinfo={f"invalid_on_failed_{policy}": False})
    settings = Settings(_env_file=None, database_url=database_url, seed=seed)
    stages = {}
    async with application(create_app(settings)) as app, clients(app) as (client,):
        for outcome in ("file", "download"):
            job_id = await job_of_files(client, f"alfred-mock-{outcome}-failed.pdf")
            stages[outcome] = (await get(client, JOB, job_id))["stage"]
    other = {"file": "download", "fetch": "file"}[policy]
    own = {"file": "file", "fetch": "download"}[policy]
    assert stages == {own: "completed", other: "invalid"}


async def test_the_first_file_that_wants_something_decides(client: httpx.AsyncClient) -> None:
    session_id = await new_session(client)
    for name in ("alfred-mock-completed.pdf", "alfred-mock-cancelled.pdf", "alfred-mock-failed"):
        await upload(client, session_id, name)
    job = await get(client, JOB, await job_of_session(client, session_id))
    assert job["stage"] == "cancelled"


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("alfred-mock-failed.pdf", Outcome.FAILED),
        ("alfred-mock-failed", Outcome.FAILED),
        ("ALFRED-MOCK-Failed.PDF", Outcome.FAILED),
        ("alfred-mock-file-failed-12.pdf", Outcome.FILE_FAILED),
        ("alfred-mock-exceeded-retries.tar", Outcome.EXCEEDED_RETRIES),
        ("alfred-mock-failed.tar.gz", None),
        ("my-alfred-mock-failed.pdf", None),
        ("alfred-mock-.pdf", None),
        ("alfred-mock-whatever.pdf", None),
        ("failed.pdf", None),
    ],
)
def test_only_a_whole_name_chooses(name: str, outcome: Outcome | None) -> None:
    assert of_name(name) is outcome


def test_a_job_without_wishes_completes() -> None:
    assert of_job(None, []) is Outcome.COMPLETED
    assert of_job({}, [None, Outcome.COMPLETED]) is Outcome.COMPLETED
