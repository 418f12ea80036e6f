"""Rows that a tester changes by hand."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import SQLModel

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.wire import unknown
from alfred_mock.auth.caller import Caller, Scheme
from alfred_mock.control.company_tokens import only_own
from alfred_mock.core.clock import Instant
from alfred_mock.core.services import Services
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection, Update

Change = Callable[[SimpleNamespace, Instant], Transaction[None]]
"""Alters a row in place; is given the time of its company, too."""


def _nothing(_: SimpleNamespace, __: Instant) -> Transaction[None]:
    yield from ()


class EditableRows:
    """The rows of a table, with the columns of them that can be changed."""

    def __init__(self, model: type[SQLModel], *names: str, kind: str) -> None:
        """`kind` is what an error calls such a row."""
        columns: Any = columns_of(model)
        has_id = columns.id == bindparam("id")
        self.names = names
        self._kind = kind
        self._columns = Selection(model, "id", "company_id", *names)
        self._find_owner = Statement(select(columns.company_id).where(has_id))
        self._find = Statement(select(*self._columns.columns).where(has_id).with_for_update())
        self._update = Update(model, *names)

    async def edit(
        self, services: Services, id_: str, change: Change, after: Change = _nothing
    ) -> Caller:
        """Change the row with this id; returns a caller of its company, to show it to.

        `after` is given the row as it was, once it has been changed.

        Raises:
            NotFound: there is no such row.
            Forbidden: it belongs to another company than the caller's token.
        """
        rows = await services.database.fetch(self._find_owner(id=id_))
        if not rows:
            raise unknown(self._kind, id_)
        company_id = str(rows[0][0])
        only_own(company_id)
        now = services.clock.now(company_id)
        await services.database.transact(self.edited(company_id, id_, change, now, after))
        return caller_of(company_id)

    def edited(
        self,
        company_id: str,
        id_: str,
        change: Change,
        now: Instant,
        after: Change = _nothing,
    ) -> Transaction[None]:
        """Change a row of a company within a transaction.

        Raises:
            NotFound: there is no such row.
        """
        yield from lock_company(company_id)
        rows: Rows = yield self._find(id=id_)
        if not rows:  # it has gone in the meantime
            raise unknown(self._kind, id_)
        row = self._columns.read(rows[0])
        before = SimpleNamespace(**vars(row))
        yield from change(row, now)
        yield self._update(id=id_, **{name: getattr(row, name) for name in self.names})
        yield from after(before, now)


def caller_of(company_id: str) -> Caller:
    """A caller who is shown the same as the company's own callers."""
    return Caller(Scheme.API_KEY, company_id, company_name="", user_name="")
