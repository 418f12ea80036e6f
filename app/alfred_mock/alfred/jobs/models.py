"""The table of jobs."""

from sqlalchemy import Index
from sqlmodel import SQLModel

from alfred_mock.core.database.columns import (
    id_field,
    instant_field,
    owned_by_company,
    size_field,
)


class Job(SQLModel, table=True):
    """A job as it was created, and how it will go.

    Its stage is not here: it follows from `outcome`, `progression` and the time that has passed, or
    from `step` if the progression is manual.
    """

    __table_args__ = (
        Index("ix_job_company_id_creation_date_id", "company_id", "creation_date", "id"),
    )

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company()
    deferred_session_id: str | None = id_field(default=None)
    creation_date: int = instant_field()
    user_name: str
    channel: str
    input_source_type: str
    source: str | None = None
    container: str | None = None
    remote_file_name: str | None = None
    remote_file_names_json: str | None = None
    file_urls_json: str | None = None
    merge: bool
    decompose: bool
    propagate_metadata: bool
    parent_file_prefix: str | None = None
    page_rotation: int
    metadata_json: str | None = None
    metadata_objects_count: int
    file_sources_count: int
    priority: str
    outcome: str
    policy: str
    """What a failed file or download makes of this job: `invalid` or `completed`."""
    retry_limit: int
    progression: str
    stage_ms: int = size_field()
    step: int
    """How far a manual job has gone; -1 before its detail was first read."""
    stepped_at: int = instant_field()
    fixed_stage: str | None = None
    """A stage that somebody has set; otherwise it follows from the rest."""
