"""The tables of the journal."""

from sqlalchemy import BigInteger, Index, Integer
from sqlmodel import Field, SQLModel

from alfred_mock.core.database.columns import instant_field, owned_by_company, size_field

NOBODY = ""
"""The key of the requests that belong to no company."""


class JournalEntry(SQLModel, table=True):
    """A request and its answer; secrets are masked before they get here."""

    __tablename__ = "journal_entry"
    # A number must not come back when the newest entries are forgotten: testers go on from it.
    __table_args__ = (
        Index("ix_journal_entry_company_id_number", "company_id", "number"),
        {"sqlite_autoincrement": True},
    )

    number: int | None = Field(
        default=None,
        primary_key=True,
        sa_type=BigInteger().with_variant(Integer, "sqlite"),
    )
    id: str
    """The request's id."""
    company_id: str | None = owned_by_company(default=None)
    """Whose credentials were presented, if they are anybody's."""
    at: int = instant_field()
    method: str
    path: str
    query: str
    headers_json: str
    body: str
    status: int
    response_headers_json: str
    response_body: str
    duration_us: int = size_field()
    fault: str | None = None
    reason: str | None = None
    bytes: int = size_field()
    """How much it weighs against the journal's limit."""


class JournalTotals(SQLModel, table=True):
    """What the journal keeps of a company, or of nobody, and what had to make room for it.

    Whoever writes entries of a company holds its row, so that they get their numbers in the order
    in which they can be seen.
    """

    __tablename__ = "journal_totals"

    key: str = Field(primary_key=True)
    """The company's id, or `NOBODY`."""
    company_id: str | None = owned_by_company(default=None, index=True)
    entries: int = size_field()
    bytes: int = size_field()
    dropped: int = size_field()
