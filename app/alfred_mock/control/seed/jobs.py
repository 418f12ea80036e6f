"""Deferred sessions and jobs, each in a given state."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from alfred_mock.alfred.companies.repository import policies_of
from alfred_mock.alfred.jobs.schemas import Priority
from alfred_mock.alfred.jobs.service import policy_for
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.alfred.tables import DeferredSession, Job
from alfred_mock.alfred.wire import Id, metadata_objects, metadata_text
from alfred_mock.control.seed.part import CreationDate, Flag, Stored, StoredPart, UpdateDate
from alfred_mock.control.seed.rows import CompanyRows, InsertMissing
from alfred_mock.core.clock import to_wire
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Progression
from alfred_mock.core.values import InstantText, Json, Seconds, ShortText, Whole, is_json
from alfred_mock.database import Transaction


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1_000)


def _seconds(milliseconds: int) -> float:
    return milliseconds / 1_000


def _metadata(text: str) -> Any:
    """Metadata such that a seed makes the same text of it."""
    if not text:
        return None
    content = json.loads(text)
    # Text that holds JSON is taken for that JSON, so text that is meant is given as JSON itself; so
    # is content that a seed can only hold escaped.
    return text if isinstance(content, str) or not is_json(content) else content


Policy = Literal["invalid", "completed"]
"""What a failed file or download makes of a job."""
Limit = Annotated[int, Field(ge=0, le=10), Whole]
# What the API takes from its callers: a seed must be able to say all that can have happened.
AnyText = Annotated[str, Field(max_length=2_048, pattern=r"^[^\x00]*$")]
StageSeconds = Annotated[Seconds | None, Stored("stage_ms", _milliseconds, _seconds)]
Metadata = Annotated[Json, Stored("metadata_json", metadata_text, _metadata)]


class DeferredSessionSeed(StoredPart):
    """A deferred session in a given state."""

    rows = CompanyRows(DeferredSession, "creation_date", "id", very_many=True)

    id: Id
    creation_date: CreationDate
    update_date: UpdateDate = Field(None, description="The creation date unless given.")
    status: Literal["open", "closed"] = "open"
    user_name: ShortText
    job_id: Id | None = None

    @model_validator(mode="after")
    def _closed_by_a_job(self) -> Self:
        if (self.status == "closed") != (self.job_id is not None):
            raise ValueError("a closed session has a job_id, an open one has none")
        return self


class JobSeed(StoredPart):
    """A job that was created before, and how it goes on."""

    rows = CompanyRows(Job, "creation_date", "id", very_many=True)

    id: Id
    deferred_session_id: Id | None = None
    creation_date: CreationDate
    user_name: ShortText
    channel: AnyText = "api"
    outcome: Annotated[Outcome, Field(strict=False)] = Outcome.COMPLETED
    progression: Annotated[Progression, Field(strict=False)] = Progression.IMMEDIATE
    priority: Priority = "normal"
    parent_file_prefix: AnyText | None = None
    page_rotation: Annotated[int, Field(ge=-360, le=360), Whole] = -1
    policy: Policy | None = Field(None, description="Follows from the cloudinfo unless given.")
    retry_limit: Limit | None = Field(None, description="That of the cloudinfo unless given.")
    step: Annotated[int, Field(ge=-1, le=1_000), Whole] = Field(
        -1, description="How far a manual job has gone; -1 before it was first read."
    )
    source: AnyText | None = None
    input_source_type: Literal["deferred_upload", "remote_upload"] = "deferred_upload"
    container: AnyText | None = None
    remote_file_name: AnyText | None = None
    merge: Flag = False
    decompose: Flag = False
    propagate_metadata: Flag = False
    stage_seconds: StageSeconds = Field(None, description="The company's unless given.")
    stage: Annotated[Annotated[Stage, Field(strict=False)] | None, Stored("fixed_stage")] = Field(
        None, description="Where it stands still; otherwise that follows from the rest."
    )
    step_date: Annotated[
        InstantText | None, Stored("stepped_at", show=to_wire, like="creation_date")
    ] = Field(None, description="Since when it is there; the creation date unless given.")
    metadata: Metadata = None
    remote_file_names: Annotated[
        list[AnyText] | None, Stored("remote_file_names_json", json.dumps, json.loads)
    ] = None
    file_urls: Annotated[list[AnyText] | None, Stored("file_urls_json", json.dumps, json.loads)] = (
        Field(
            None,
            description="Where the files come from; links to the files themselves unless given.",
        )
    )


_INSERT_SESSION = InsertMissing(DeferredSession, "deferred session")
_INSERT_JOB = InsertMissing(Job, "job")


def add_sessions(
    company_id: str, sessions: Iterable[DeferredSessionSeed], source: str
) -> Transaction[list[str]]:
    """Add the sessions that are missing; returns their ids.

    Raises:
        Refusal: another company has one of them.
    """
    rows = [{"company_id": company_id, **session.row()} for session in sessions]
    added = yield from _INSERT_SESSION(source, rows)
    return [row["id"] for row in rows if row["id"] in added]


def add_jobs(
    services: Services,
    company_id: str,
    jobs: Sequence[JobSeed],
    file_counts: Mapping[str | None, int],
    source: str,
) -> Transaction[list[str]]:
    """Add the jobs that are missing; `file_counts` says how many files a job has by its id.

    Returns the ids of those that were missing.

    Raises:
        Refusal: another company has one of them.
    """
    if not jobs:
        return []
    policies = yield from policies_of(company_id)
    stage_ms = policies.stage_ms
    if stage_ms is None:
        stage_ms = _milliseconds(services.settings.stage_seconds)
    rows = []
    for job in jobs:
        row = {
            "company_id": company_id,
            # What the job itself does not say is as if it were created now.
            "policy": policy_for(policies, job.outcome).value,
            "retry_limit": policies.job_retry_limit,
            "stage_ms": stage_ms,
            **job.row(),
            "file_sources_count": file_counts[job.id],
        }
        row["metadata_objects_count"] = metadata_objects(row.get("metadata_json"))
        rows.append(row)
    added = yield from _INSERT_JOB(source, rows)
    return [job.id for job in jobs if job.id in added]
