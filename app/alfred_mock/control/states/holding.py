"""What every state call begins with: whose thing it is, and nobody resetting it meanwhile."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import SQLModel

from alfred_mock.auth.caller import Caller, Scheme
from alfred_mock.auth.models import Company
from alfred_mock.core.database import Statement, Transaction
from alfred_mock.core.database.columns import columns_of
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services

_companies = columns_of(Company)

# The lock that adding something to the company takes too: whoever wants the company for himself,
# for a reset or an export, comes before all of this or after.
_HOLD = Statement(
    select(_companies.id)
    .where(_companies.id == bindparam("company_id"))
    .with_for_update(read=True, key_share=True)
)


class Owners:
    """Tells whose the rows of a table are."""

    def __init__(self, model: type[SQLModel]) -> None:
        columns: Any = columns_of(model)
        self._find = Statement(select(columns.company_id).where(columns.id == bindparam("id")))

    async def of(self, services: Services, id_: str, unknown: NotFound) -> str:
        """The id of the company that has the row with this id.

        Raises:
            NotFound: the error that is given, if there is none.
        """
        rows = await services.database.fetch(self._find(id=id_))
        if not rows:
            raise unknown
        return str(rows[0][0])


def hold_company(company_id: str) -> Transaction[bool]:
    """Keep the company as it is until the transaction ends; whether it is still there."""
    return bool((yield _HOLD(company_id=company_id)))


def on_behalf_of(company_id: str) -> Caller:
    """A caller who is shown what the company's own callers are shown."""
    return Caller(Scheme.API_KEY, company_id, company_name="", user_name="")
