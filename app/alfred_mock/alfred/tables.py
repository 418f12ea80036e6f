"""The data model of the imitated API on one page.

Times are instants (milliseconds since the epoch), ids are lower-case text; see `database.columns`.
"""

from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from alfred_mock.auth.tables import owned_by_company
from alfred_mock.database.columns import (
    bytes_field,
    id_field,
    instant_field,
    score_field,
    size_field,
)
from alfred_mock.database.table_model import TableModel


class CompanyProfile(TableModel):
    """How a company's jobs go, and what its cloud information says; all of it optional."""

    __tablename__ = "company_profile"

    company_id: str = owned_by_company(primary_key=True)
    progression: str | None = None
    stage_ms: int | None = size_field(default=None)
    cloudinfo_json: str = "{}"
    """A JSON object with the members that differ from the documented example."""


class EventStream(TableModel):
    """Who is told what happens to a company's jobs and files.

    A company that nobody has ever listened to has no row, and nothing is written for it.
    """

    __tablename__ = "event_stream"

    company_id: str = owned_by_company(primary_key=True)
    is_listened_to: bool = False
    """Whether events are written: there is a webhook, a connection, or `is_on`."""
    is_on: bool = False
    """Whether a seed or a tester has asked for events, also without any listener."""
    last_number: int = 0
    """The number of the company's newest event."""
    webhook_style: str | None = None
    realtime_style: str | None = None
    """`docs` or `sdk`; None is the setting of the server."""
    job_finished_first: bool = False
    """Whether a job tells its end before its files do (captured: their dates are later)."""
    delivery_faults_json: str = "[]"
    """What goes wrong when events are delivered."""


class Webhook(TableModel):
    """Where a company's events are sent to; a company has one."""

    company_id: str = owned_by_company(primary_key=True)
    id: str = id_field(unique=True)
    url: str
    token: str
    """The token of the handshake; the same for as long as the company has a webhook."""
    created_at: int = instant_field()
    delivered_number: int
    """The number of the last event that was acknowledged or given up."""
    claimed_by: str | None = None
    """The process that delivers."""
    claimed_until: int | None = instant_field(default=None)
    """Real time; after that, another process may take over."""


class SessionStatus(StrEnum):
    """`open` is documented; `closed`, once a job was created from the session, is our choice."""

    OPEN = "open"
    CLOSED = "closed"


class DeferredSession(TableModel):
    """A session that files are uploaded to until a job is created from it."""

    __tablename__ = "deferred_session"

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    user_name: str
    status: str
    creation_date: int = instant_field()
    update_date: int = instant_field()
    job_id: str | None = id_field(default=None)


class File(TableModel):
    """A file of a company, in a session until a job takes it over.

    Its status is not here: it follows from the job. `tag_id`, `tag_name` and
    `classification_score` are the results of processing, and are not shown before.
    """

    __table_args__ = (
        Index("ix_file_company_id_file_name", "company_id", "file_name"),
        Index(
            "ix_file_tag_id_creation_date_position_id", "tag_id", "creation_date", "position", "id"
        ),
    )

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company()
    deferred_session_id: str | None = id_field(
        default=None, foreign_key="deferred_session.id", ondelete="CASCADE", index=True
    )
    job_id: str | None = id_field(
        default=None, foreign_key="job.id", ondelete="CASCADE", index=True
    )
    position: int = 0
    """The order of files that were created at the same instant."""
    creation_date: int = instant_field()
    update_date: int = instant_field()
    """When it last changed by itself; the progress of its job counts as a change, too."""
    uploaded_name: str
    """Its name before it was renamed to be the only one of that name."""
    file_name: str
    content_type: str
    file_size: int = size_field()
    md5_hash: str
    channel: str = "api"
    metadata_json: str = ""
    tag_id: str | None = id_field(default=None)
    tag_name: str | None = None
    classification_score: float = score_field(default=0.0)
    fails: bool = False
    """Whether processing this file fails, also in a job that completes."""
    fixed_status: str | None = None
    """A status that a tester has set; otherwise it follows from the job."""
    directory: str | None = None
    """A directory that a tester has moved it to; otherwise it follows from its status."""
    properties_json: str | None = None
    """A JSON object of texts, None for none; only events show them."""


class FileName(TableModel):
    """How many files with one name a company was given; numbers the name of the next one."""

    __tablename__ = "file_name"

    company_id: str = owned_by_company(primary_key=True)
    name: str = Field(primary_key=True)
    times: int


class FileContent(TableModel):
    """A piece of a file's content; pieces have the same size but for the last."""

    __tablename__ = "file_content"

    file_id: str = id_field(primary_key=True)
    position: int = Field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    data: bytes = bytes_field()


class Job(TableModel):
    """A job as it was created, and how it will go.

    Its stage is not here: it follows from `outcome`, `progression` and the time that has passed, or
    from `step` if the progression is manual.
    """

    __table_args__ = (
        Index("ix_job_company_id_creation_date_id", "company_id", "creation_date", "id"),
        # Partial, as its migration says: saying so here loads PostgreSQL's dialect at each start.
        Index("ix_job_company_id_tells_at", "company_id", "tells_at"),
    )

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company()
    deferred_session_id: str | None = id_field(default=None)
    creation_date: int = instant_field()
    user_name: str
    channel: str = "api"
    input_source_type: str
    source: str | None = None
    container: str | None = None
    remote_file_name: str | None = None
    remote_file_names_json: str | None = None
    file_urls_json: str | None = None
    merge: bool = False
    decompose: bool = False
    propagate_metadata: bool = False
    parent_file_prefix: str | None = None
    page_rotation: int = -1
    metadata_json: str | None = None
    metadata_objects_count: int
    file_sources_count: int
    priority: str = "normal"
    outcome: str
    policy: str
    """The stage that a failed file or download leads to: `invalid` or `completed`."""
    retry_limit: int
    progression: str
    stage_ms: int = size_field()
    step: int = -1
    """How far a manual job has gone; -1 before its detail was first read."""
    stepped_at: int = instant_field()
    fixed_stage: str | None = None
    """A stage that a tester has set; otherwise it follows from the rest."""
    told_steps: int | None = None
    """How many of its steps have been told as events; None while nobody has listened."""
    tells_at: int | None = instant_field(default=None)
    """When its next step is to be told, by the clock of the company."""


class Tag(TableModel):
    """A kind of document that a company's files are classified as."""

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    position: int
    name: str
    description: str | None = None


class DataPoint(TableModel):
    """A field that is extracted from files of one tag; Alfred called it metadata before."""

    __tablename__ = "data_point"

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    tag_id: str = id_field(foreign_key="tag.id", ondelete="CASCADE", index=True)
    position: int
    name: str
    value: str
    """The value that is extracted where no rule gives another."""


class ExtractionRule(TableModel):
    """What processing makes of certain files; a company's first rule that fits decides."""

    __tablename__ = "extraction_rule"

    company_id: str = owned_by_company(primary_key=True)
    position: int = Field(primary_key=True)
    file_name: str | None = None
    """A pattern with `*`, `?` and `[…]`; None fits every name."""
    metadata_json: str
    """A JSON object whose members the file's metadata must have."""
    tag_name: str | None = None
    """None leaves the file without a tag."""
    values_json: str
    """A JSON object from the names of data points to values."""
    classification_score: float = score_field()
    confirmed: bool
    outcome: str | None = None


class FileValue(TableModel):
    """A value of a file for one data point; shown once the file is extracted."""

    __tablename__ = "file_value"

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    file_id: str = id_field(foreign_key="file.id", ondelete="CASCADE", index=True)
    tag_id: str | None = id_field(default=None, index=True)
    data_point_id: str = id_field()
    position: int
    name: str
    value: str
    classification_score: float = score_field()
    confirmed: bool
