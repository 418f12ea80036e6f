"""Tables of the tester's side: seeds, clocks, faults, the journal and Pact scopes."""

from sqlalchemy import BigInteger, Index, Integer
from sqlmodel import Field

from alfred_mock.auth.tables import owned_by_company
from alfred_mock.database.columns import id_field, instant_field, size_field
from alfred_mock.database.table_model import TableModel

EVERYBODY = ""
"""The key of the clock of all companies that have none of their own."""
NOBODY = ""
"""The key of the journal's totals of requests that belong to no company."""


UNFINISHED = 0
"""The instant at which a company was made that is still being made, or being removed."""


class StoredSeed(TableModel):
    """What a company's reset goes back to: its part of the seed document that made it."""

    __tablename__ = "company_seed"

    company_id: str = owned_by_company(primary_key=True)
    document_json: str


class CompanyLifetime(TableModel):
    """When a company was made, and when it ends.

    One that is `UNFINISHED` is not there for anybody, see `control.unfinished`.
    """

    __tablename__ = "company_lifetime"

    company_id: str = owned_by_company(primary_key=True)
    created_at: int = instant_field()
    expires_at: int | None = instant_field(default=None, index=True)
    """None is never."""


class ClockShift(TableModel):
    """How far a company's clock, or everybody's, is from the real one."""

    __tablename__ = "clock_shift"

    key: str = Field(primary_key=True)
    """The company's id, or `EVERYBODY`."""
    company_id: str | None = owned_by_company(default=None, index=True)
    offset_ms: int = size_field()
    frozen_at: int | None = instant_field(default=None)


class StoredFault(TableModel):
    """A fault rule, and how often it was met: counted here, so that replicas count together."""

    __tablename__ = "fault"

    id: str = id_field(primary_key=True)
    company_id: str | None = owned_by_company(default=None, index=True)
    """None is every company, and requests that belong to none."""
    created_at: int = instant_field()
    position: int = size_field()
    """The order of the rules: the first that applies decides."""
    rule_json: str
    seen: int
    """How many requests it has matched."""
    fired: int
    """How many of those it has changed."""


NO_VALUES = "{}"
"""What a scope without a company has in `values_json`, never sealed."""


class PactScope(TableModel):
    """A scope of Pact states: its company, and what setups have made for it."""

    __tablename__ = "pact_scope"

    name: str = Field(primary_key=True)
    company_id: str | None = id_field(
        default=None, foreign_key="company.id", ondelete="SET NULL", unique=True
    )
    """None before the first setup and after a teardown; no two scopes have the same."""
    is_adopted: bool = False
    """Whether the company was there before, and so stays."""
    values_json: str = NO_VALUES
    """A JSON object: what every answer says of the company; sealed where secrets are."""
    made_json: str = "[]"
    """A JSON list of pairs, kind and id, of what a teardown removes."""
    failure_json: str | None = None
    """A JSON object about the last call that failed."""
    used_at: int = instant_field(index=True)


class JournalEntry(TableModel):
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


class JournalTotals(TableModel):
    """Per company: number and size of the stored entries, and how many were dropped.

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
