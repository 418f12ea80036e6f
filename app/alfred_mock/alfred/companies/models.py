"""The table of what a company has set for itself."""

from sqlmodel import SQLModel

from alfred_mock.core.database.columns import owned_by_company, size_field


class CompanyProfile(SQLModel, table=True):
    """How a company's jobs go, and what its cloud information says; all of it optional."""

    __tablename__ = "company_profile"

    company_id: str = owned_by_company(primary_key=True)
    progression: str | None = None
    stage_ms: int | None = size_field(default=None)
    cloudinfo_json: str
    """A JSON object with the members that differ from the documented example."""
