"""What every state call begins with: whose thing it is."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import SQLModel

from alfred_mock.auth.caller import Caller, Scheme
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of


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


def on_behalf_of(company_id: str) -> Caller:
    """A caller who is shown what the company's own callers are shown."""
    return Caller(Scheme.API_KEY, company_id, company_name="", user_name="")
