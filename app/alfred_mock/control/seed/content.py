"""The content of a seed's files."""

import base64
import hashlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import bindparam
from sqlmodel import select

from alfred_mock.alfred.remote_uploads.stand_in import stand_in
from alfred_mock.alfred.tables import File
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.control.seed.uploads import FileSeed
from alfred_mock.core.services import Services
from alfred_mock.database import Statement

_EXISTS = Statement(select(File.id).where(File.id == bindparam("id")))


def content_of(file: FileSeed) -> bytes:
    """What the seed gives, else what stands in for a file of that name."""
    if file.content is not None:
        return file.content.encode()
    if file.content_base64 is not None:
        return base64.b64decode(file.content_base64)
    return stand_in(file.file_name)


def md5_of(content: bytes) -> str:
    """The MD5 of a content in base64, as Alfred shows it."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


@asynccontextmanager
async def kept(services: Services, document: SeedDocument) -> AsyncIterator[None]:
    """Content of files that are not there yet is kept; it is discarded if loading them fails."""
    done: list[tuple[str, str]] = []
    try:
        for company in document.companies:
            for file in company.files:
                # Content of another company's file, or of this one as it has become, is not ours.
                if not await services.database.fetch(_EXISTS(id=file.id)):
                    done.append((company.id, file.id))
                    await services.storage.keep(*done[-1], io.BytesIO(content_of(file)))
        yield
    except BaseException:
        for company_id, file_id in done:
            await services.storage.discard(company_id, file_id)
        raise
