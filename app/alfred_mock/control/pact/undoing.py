"""How a teardown removes what setups have made, each kind in its own way."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy import bindparam, delete

from alfred_mock.alfred.tables import Tag
from alfred_mock.auth.tables import AccessToken, ApiKey, User
from alfred_mock.control.clocks import clear_clocks
from alfred_mock.control.faults import store
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.control.lifetimes import remove_company
from alfred_mock.control.overrides.removals import FILES, JOBS, SESSIONS, RemovableRows
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of

COMPANY, CLOCK, FAULT = "company", "clock", "fault"
SESSION, JOB, FILE, TAG = "deferred session", "job", "file", "tag"
USER, API_KEY, ACCESS_TOKEN = "user", "API key", "access token"

Undo = Callable[[Services, JournalQueue, str], Awaitable[Any]]
"""Removes what has this id, to be announced; nothing happens where it is gone already."""


async def _company(services: Services, journal: JournalQueue, id_: str) -> None:
    await remove_company(services, journal, id_)


async def _clock(services: Services, _: JournalQueue, company_id: str) -> None:
    await services.database.transact(clear_clocks(company_id))


async def _fault(services: Services, _: JournalQueue, id_: str) -> None:
    await store.remove(services.database, id_)


async def _row(rows: RemovableRows, services: Services, _: JournalQueue, id_: str) -> None:
    with suppress(NotFound):
        await rows.remove(services, id_)


def _by(column: Any) -> Undo:
    statement = Statement(delete(column.table).where(column == bindparam("value")))

    async def undo(services: Services, _: JournalQueue, value: str) -> None:
        await services.database.write(statement(value=value))

    return undo


UNDOING: dict[str, Undo] = {
    COMPANY: _company,
    CLOCK: _clock,
    FAULT: _fault,
    SESSION: partial(_row, SESSIONS),
    JOB: partial(_row, JOBS),
    FILE: partial(_row, FILES),
    TAG: _by(columns_of(Tag).id),
    USER: _by(columns_of(User).user_name),
    API_KEY: _by(columns_of(ApiKey).digest),
    ACCESS_TOKEN: _by(columns_of(AccessToken).digest),
}
"""By kind; the id of a clock is its company's, that of a credential what is unique of it."""
