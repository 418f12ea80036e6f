"""Content for tests: how it is put, how it is read, and how much memory that takes."""

import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from sqlmodel import insert

from alfred_mock.auth.tables import Company
from alfred_mock.core.ids import Ids
from alfred_mock.core.storage import Storage
from alfred_mock.database import Database, Statement

MIB = 2**20
_ADD_COMPANY = Statement(insert(Company))


async def new_company(database: Database) -> str:
    """The id of a company that owns nothing yet."""
    company_id = Ids().uuid()
    await database.write(_ADD_COMPANY(id=company_id, name="c"))
    return company_id


async def put(
    database: Database, storage: Storage, company_id: str, content: bytes | BinaryIO
) -> str:
    """Put content as an upload does, and return the id that it has."""
    file_id = Ids().uuid()
    source = BytesIO(content) if isinstance(content, bytes) else content
    await storage.keep(company_id, file_id, source)
    await database.transact(storage.statements(company_id, file_id, source))
    return file_id


async def joined(pieces: AsyncIterator[bytes]) -> bytes:
    """All that is read, at once."""
    return b"".join([piece async for piece in pieces])


async def digest(pieces: AsyncIterator[bytes]) -> str:
    """The MD5 of what is read, without keeping any of it."""
    md5 = hashlib.md5(usedforsecurity=False)
    async for piece in pieces:
        md5.update(piece)
    return md5.hexdigest()


def large_file(path: Path, megabytes: int) -> str:
    """Write a file of that size in which no two parts are the same; its MD5."""
    md5 = hashlib.md5(usedforsecurity=False)
    with path.open("wb") as file:
        for number in range(megabytes):
            part = number.to_bytes(4, "big") * (MIB // 4)
            file.write(part)
            md5.update(part)
    return md5.hexdigest()


@contextmanager
def less_memory_than(limit: int) -> Iterator[None]:
    """Fails if the block at any time holds that many bytes more than when it began."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < limit
