"""Content in the database: in rows of one size, which the transaction of the file inserts."""

import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO

from sqlalchemy import bindparam, select

from alfred_mock.alfred.tables import FileContent
from alfred_mock.core.storage import ContentGone
from alfred_mock.database import Database, Statement, Transaction, patience
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert

PIECE_BYTES = 262_144
"""The size of a piece; changing it makes the content of existing databases unreadable."""

_pieces = columns_of(FileContent)
_PUT = Insert(FileContent)
_PIECE = Statement(
    select(_pieces.data).where(
        _pieces.file_id == bindparam("file_id"),
        _pieces.position == bindparam("position"),
        _pieces.company_id == bindparam("company_id"),
    )
)


class DatabaseStorage:
    """Keeps content beside everything else; it goes with the company that it belongs to."""

    is_database = True

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self) -> None:
        """Nothing to do: the application opens the database."""

    async def close(self) -> None:
        """Nothing to do: the application closes the database."""

    async def keep(self, company_id: str, file_id: str, source: BinaryIO) -> None:
        """Nothing to do before the transaction."""

    def statements(self, company_id: str, file_id: str, source: BinaryIO) -> Transaction[None]:
        """Insert the content piece by piece, so that no more than one is in memory."""
        source.seek(0)
        position = 0
        while data := source.read(PIECE_BYTES):
            yield _PUT(file_id=file_id, position=position, company_id=company_id, data=data)
            patience.renew()
            position += 1

    async def discard(self, company_id: str, file_id: str) -> None:
        """Nothing to do: the transaction that failed has left nothing."""

    async def read(
        self, company_id: str, file_id: str, first: int, size: int
    ) -> AsyncIterator[bytes]:
        """The bytes asked for, a query for each piece that has some of them."""
        end = first + size
        while first < end:
            position, start = divmod(first, PIECE_BYTES)
            rows = await self._database.fetch(
                _PIECE(file_id=file_id, position=position, company_id=company_id)
            )
            wanted = min(PIECE_BYTES - start, end - first)
            data: bytes = rows[0][0][start : start + wanted] if rows else b""
            if len(data) < wanted:
                raise ContentGone
            yield data
            patience.renew()
            first += wanted
            # SQLite answers without a pause; other requests must get their turn.
            await asyncio.sleep(0)

    async def forget(self, company_id: str) -> None:
        """Nothing to do: the rows go with the company's."""
