"""The table of deferred sessions."""

from enum import StrEnum

from sqlmodel import SQLModel

from alfred_mock.core.database.columns import id_field, instant_field


class SessionStatus(StrEnum):
    """`open` is documented; `closed`, once a job was created from the session, is our choice."""

    OPEN = "open"
    CLOSED = "closed"


class DeferredSession(SQLModel, table=True):
    """A session that files are uploaded to until a job is created from it."""

    __tablename__ = "deferred_session"

    id: str = id_field(primary_key=True)
    company_id: str = id_field(foreign_key="company.id", ondelete="CASCADE", index=True)
    user_name: str
    status: str
    creation_date: int = instant_field()
    update_date: int = instant_field()
    job_id: str | None = id_field(default=None)
