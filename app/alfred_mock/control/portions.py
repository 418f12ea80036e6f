"""Very many rows go in portions: one transaction would keep other writers waiting.

SQLite has one writer at a time, so no portion may take long. What is left between two portions fits
together as if a tester had removed that much, and a call that was broken off is finished by the
next one that is about the same.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, select, tuple_

from alfred_mock.alfred.tables import DeferredSession, File, FileContent, FileName, Job
from alfred_mock.control.company_filter import of_company
from alfred_mock.control.tables import JournalEntry
from alfred_mock.core.services import Services
from alfred_mock.database import Database, Rows, Statement, Transaction, patience
from alfred_mock.database.columns import columns_of
from alfred_mock.events.tables import Delivery, Event

T = TypeVar("T")

PORTION = 100
"""So many rows are deleted or added in one transaction, and as many may be left for the last."""
PORTION_BYTES = 8_388_608
"""So much content at most, unless it is that of one file."""

_files = columns_of(File)
FILE_COLUMNS = (_files.id, _files.company_id, _files.file_size)
"""What a statement must select that finds files to be deleted by `delete_files`."""
_CONTENT_OF = Statement(
    delete(FileContent).where(columns_of(FileContent).file_id == bindparam("file_id"))
)
_FILE = Statement(delete(File).where(_files.id == bindparam("file_id")))
_FILES = Statement(
    select(*FILE_COLUMNS).where(of_company(_files.company_id)).limit(bindparam("most"))
)


async def in_turn(database: Database, transaction: Transaction[T]) -> T:
    """Run one of many transactions, and then leave as much time to others as it took.

    SQLite does not keep a queue: a process that begins the next transaction at once would keep
    those of other processes out until their time is over.
    """
    begun = time.monotonic()
    result = await database.transact(transaction)
    if database.has_one_writer:
        await asyncio.sleep(time.monotonic() - begun)
    patience.renew()
    return result


class Portion:
    """Some of the rows of a table that meet a condition."""

    def __init__(self, model: Any, condition: Any) -> None:
        columns = columns_of(model)
        key = [column for column in columns if column.primary_key]
        some = select(*key).where(condition).limit(bindparam("most"))
        self._some = Statement(some)
        self._delete = Statement(delete(model).where(tuple_(*key).in_(some)))

    def delete(self, *, left: int, **values: Any) -> Transaction[bool]:
        """Delete some rows if there are more than may be left; whether there may be more."""
        rows: Rows = yield self._some(**values, most=PORTION + left)
        if len(rows) <= left:
            return False
        yield self._delete(**values, most=len(rows) - left)
        return len(rows) == PORTION + left


# A job's and a session's files go before them.
_STATE = [
    Portion(model, of_company(columns_of(model).company_id))
    for model in (Job, DeferredSession, FileName, Delivery, Event)
]
_JOURNAL = Portion(JournalEntry, of_company(columns_of(JournalEntry).company_id))


def fitting(files: Rows) -> Rows:
    """As many of these files, from the first on, as make one portion; they have `FILE_COLUMNS`."""
    size = 0
    for count, (_, _, file_size) in enumerate(files[:PORTION]):
        size += file_size
        if size > PORTION_BYTES and count:
            return files[:count]
    return files[:PORTION]


def delete_files(files: Rows) -> Transaction[None]:
    """Delete files, of which `FILE_COLUMNS` are given, with their content and values."""
    for statement in (_CONTENT_OF, _FILE):
        yield statement.many([{"file_id": file_id} for file_id, *_ in files])


async def discard_files(services: Services, files: Rows) -> None:
    """Discard the content of deleted files where it is kept outside the database."""
    for file_id, company_id, _ in files:
        await services.storage.discard(str(company_id), str(file_id))


async def thin_out(
    services: Services,
    company_id: str | None,
    hold: Callable[[], Transaction[Any]],
    *,
    left: int,
    journal: bool = False,
) -> None:
    """Delete files, jobs, sessions, names and events while a company, or any, has very many.

    So many of each may be left. `hold` is the beginning of each transaction: what keeps others
    from the rows meanwhile, or ends the work by an exception.
    """
    database = services.database
    while files := await in_turn(database, _some_files(company_id, hold, left)):
        await discard_files(services, files)
    for portion in [*_STATE, *([_JOURNAL] if journal else [])]:
        while await in_turn(database, _some_rows(portion, company_id, hold, left)):
            pass


def _some_files(
    company_id: str | None, hold: Callable[[], Transaction[Any]], left: int
) -> Transaction[Rows]:
    yield from hold()
    files: Rows = yield _FILES(company_id=company_id, most=PORTION + left)
    portion = fitting(files[: max(0, len(files) - left)])
    if portion:
        yield from delete_files(portion)
    return portion


def _some_rows(
    portion: Portion, company_id: str | None, hold: Callable[[], Transaction[Any]], left: int
) -> Transaction[bool]:
    yield from hold()
    return (yield from portion.delete(company_id=company_id, left=left))
