"""The table of fault rules."""

from sqlmodel import SQLModel

from alfred_mock.core.database.columns import id_field, instant_field, owned_by_company, size_field


class Fault(SQLModel, table=True):
    """A rule, and how often it was met: counted here, so that replicas count together."""

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
