"""Jobs, from a seed to the database."""

from typing import Any

import pytest

from alfred_mock.main import Application
from tests.control.seed.documents import (
    A_JOB,
    CLOSED,
    DATE,
    FULL,
    INSTANT,
    JOB,
    OTHER,
    load_company,
    rows_of,
)

pytestmark = pytest.mark.anyio

ALONE: dict[str, Any] = {"id": JOB, "creation_date": DATE, "user_name": "other"}


async def _job(app: Application, **parts: Any) -> dict[str, Any]:
    await load_company(app.services, **parts)
    (job,) = await rows_of(app.services, "job")
    return job


async def test_a_job_is_as_the_seed_says(app: Application) -> None:
    job = await _job(
        app,
        **{
            **FULL,
            "jobs": [
                {
                    **A_JOB,
                    "channel": "library",
                    "outcome": "file_failed",
                    "progression": "timed",
                    "stage_seconds": 0.25,
                    "stage": "in_revision",
                    "merge": True,
                    "decompose": True,
                    "propagate_metadata": True,
                    "metadata": [{"a": 1}, {"b": "é"}],
                    "priority": "high",
                    "parent_file_prefix": "Inbox",
                    "page_rotation": 90,
                }
            ],
        },
    )
    assert {key: value for key, value in job.items() if value is not None} == {
        "id": JOB,
        "company_id": OTHER,
        "deferred_session_id": CLOSED,
        "creation_date": INSTANT,
        "user_name": "other",
        "channel": "library",
        "input_source_type": "deferred_upload",
        "merge": True,
        "decompose": True,
        "propagate_metadata": True,
        "parent_file_prefix": "Inbox",
        "page_rotation": 90,
        "metadata_json": '[{"a":1},{"b":"\\u00e9"}]',
        "metadata_objects_count": 2,
        "file_sources_count": 1,
        "priority": "high",
        "outcome": "file_failed",
        "policy": "completed",
        "retry_limit": 1,
        "progression": "timed",
        "stage_ms": 250,
        "step": -1,
        "stepped_at": INSTANT,
        "fixed_stage": "in_revision",
    }


async def test_a_job_of_which_little_is_said_is_completed(app: Application) -> None:
    job = await _job(app, jobs=[ALONE])
    assert (job["outcome"], job["policy"], job["retry_limit"]) == ("completed", "invalid", 3)
    assert (job["progression"], job["stage_ms"], job["fixed_stage"]) == ("immediate", 100, None)
    assert (job["channel"], job["priority"], job["page_rotation"]) == ("api", "normal", -1)
    assert (job["metadata_json"], job["metadata_objects_count"]) == (None, 0)
    assert (job["deferred_session_id"], job["file_sources_count"]) == (None, 0)


async def test_a_jobs_seconds_are_the_companys_unless_given(app: Application) -> None:
    assert (await _job(app, stage_seconds=2, jobs=[ALONE]))["stage_ms"] == 2_000


@pytest.mark.parametrize(
    ("outcome", "policy"), [("file_failed", "invalid"), ("download_failed", "completed")]
)
async def test_a_jobs_policy_is_the_one_for_its_outcome(
    app: Application, outcome: str, policy: str
) -> None:
    cloudinfo = {"invalid_on_failed_fetch": False, "invalid_on_failed_file": True}
    job = await _job(app, cloudinfo=cloudinfo, jobs=[{**ALONE, "outcome": outcome}])
    assert job["policy"] == policy
