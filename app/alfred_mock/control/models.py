"""Tables of what testers have set: seeds to go back to, and clocks."""

from sqlmodel import Field, SQLModel

from alfred_mock.core.database.columns import instant_field, owned_by_company, size_field

EVERYBODY = ""
"""The key of what holds for all companies that have nothing of their own."""


class CompanySeed(SQLModel, table=True):
    """What a company's reset goes back to: its part of the seed document that made it."""

    __tablename__ = "company_seed"

    company_id: str = owned_by_company(primary_key=True)
    document_json: str


class ClockShift(SQLModel, table=True):
    """How far a company's clock, or everybody's, is from the real one."""

    __tablename__ = "clock_shift"

    key: str = Field(primary_key=True)
    """The company's id, or `EVERYBODY`."""
    company_id: str | None = owned_by_company(default=None, index=True)
    offset_ms: int = size_field()
    frozen_at: int | None = instant_field(default=None)
