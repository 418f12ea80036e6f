"""The transactions of a running application, as tests count them or break them off."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alfred_mock.main import Application


class BrokenOff(BaseException):
    """The process has ended at this point, as far as the database can tell."""


class Transactions:
    """How many were begun; from one of them on, none is."""

    def __init__(self) -> None:
        self.count = 0
        self.most: int | None = None


@contextmanager
def transactions_of(app: Application, *, most: int | None = None) -> Iterator[Transactions]:
    """Count the transactions; the one after `most` breaks off whatever began it."""
    database: Any = app.services.database
    seen, transact = Transactions(), database.transact

    async def counted(transaction: Any) -> Any:
        seen.count += 1
        if most is not None and seen.count > most:
            transaction.close()
            raise BrokenOff
        return await transact(transaction)

    database.transact = counted
    try:
        yield seen
    finally:
        del database.transact
