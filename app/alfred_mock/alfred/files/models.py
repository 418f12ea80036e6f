"""The tables of files, of their names and, unless it is kept elsewhere, of their content."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from alfred_mock.core.database.columns import (
    bytes_field,
    id_field,
    instant_field,
    owned_by_company,
    score_field,
    size_field,
)


class File(SQLModel, table=True):
    """A file of a company, in a session until a job takes it over.

    What changes while a job processes it (status, tag, score) is not here but follows from the
    job; `tag_id`, `tag_name` and `classification_score` are what processing will come to.
    """

    __table_args__ = (Index("ix_file_company_id_file_name", "company_id", "file_name"),)

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company()
    deferred_session_id: str | None = id_field(
        default=None, foreign_key="deferred_session.id", ondelete="CASCADE", index=True
    )
    job_id: str | None = id_field(
        default=None, foreign_key="job.id", ondelete="CASCADE", index=True
    )
    position: int
    """The order of files that were created at the same instant."""
    creation_date: int = instant_field()
    update_date: int = instant_field()
    """When it last changed by itself; its job may have changed it since."""
    uploaded_name: str
    """Its name before it was renamed to be the only one of that name."""
    file_name: str
    content_type: str
    file_size: int = size_field()
    md5_hash: str
    channel: str
    metadata_json: str
    tag_id: str | None = id_field(default=None)
    tag_name: str | None = None
    classification_score: float = score_field()
    fails: bool
    """Whether processing this file fails, whatever becomes of its job."""
    fixed_status: str | None = None
    """A status that somebody has set; otherwise it follows from the job."""


class FileName(SQLModel, table=True):
    """How often a company was given files of one name: the number for the next one's name."""

    __tablename__ = "file_name"

    company_id: str = owned_by_company(primary_key=True)
    name: str = Field(primary_key=True)
    times: int


class FileContent(SQLModel, table=True):
    """A piece of a file's content; pieces have the same size but for the last."""

    __tablename__ = "file_content"

    file_id: str = id_field(primary_key=True)
    position: int = Field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    data: bytes = bytes_field()
