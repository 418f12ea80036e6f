"""The present state as a seed document: all that it takes to have the same again elsewhere."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import repeat
from typing import Any, TypeVar

from fastapi import Response
from pydantic_core import to_json

from alfred_mock.control.seed.company import export_companies, finished_companies
from alfred_mock.control.seed.credentials import HmacSeed, KeySeed, UserSeed
from alfred_mock.control.seed.events import export_events
from alfred_mock.control.seed.files import ExportedFile, export_files
from alfred_mock.control.seed.jobs import DeferredSessionSeed, JobSeed
from alfred_mock.control.seed.loading import stored_seeds
from alfred_mock.control.seed.part import exported
from alfred_mock.control.seed.secrets import masked, revealed
from alfred_mock.control.seed.tags import RuleSeed, export_tags
from alfred_mock.core.garbage import no_collection
from alfred_mock.core.services import Services
from alfred_mock.core.storage import ContentGone
from alfred_mock.core.streams import StreamedJson
from alfred_mock.database import Database, Rows, Transaction
from alfred_mock.database.statements import Call

T = TypeVar("T")

STREAMED_BYTES = 1_048_576
"""A larger export is made while it is sent, with the content of one file in memory at a time."""
_PIECE_BYTES = 65_536
"""What is sent at once, or one file with its content."""

Read = tuple[list[dict[str, Any]], dict[str, list[ExportedFile]], dict[str, str]]


async def export(
    services: Services, company_id: str | None, *, with_content: bool, with_secrets: bool
) -> Response:
    """What a company has, or each of them, as it is now.

    Content that is not in the storage any more is left out, as all of it is on request: a stand-in
    takes its place when the document is loaded.
    """
    with no_collection():
        companies, files, seeds = await _read_apart(services.database, company_id)
    if with_secrets:
        await asyncio.to_thread(revealed, companies, seeds, services.vault)
    else:
        masked(companies)
    pieces = _pieces(services, companies, files, with_content=with_content)
    if sum(file.size + len(file.json) for of_one in files.values() for file in of_one) > (
        STREAMED_BYTES
    ):
        return StreamedJson(pieces)
    return Response(b"".join([piece async for piece in pieces]), media_type="application/json")


async def _read_apart(database: Database, company_id: str | None) -> Read:
    """What `_read` reads, all of it as of one moment, while others read and write.

    Which statements there are does not depend on rows.
    """
    _, calls = _replayed(_read(company_id), repeat([]))
    found = await database.fetch_together(calls)
    # The rows are let go of as they are read: what is made of them takes their place.
    found.reverse()
    result, _ = await asyncio.to_thread(_replayed, _read(company_id), _taken(found))
    return result


def _taken(found: list[Rows]) -> Iterator[Rows]:
    while found:
        yield found.pop()


def _replayed(transaction: Transaction[T], found: Iterable[Rows]) -> tuple[T, list[Call]]:
    """The result of a transaction whose statements find these rows, and the statements."""
    calls = [next(transaction)]
    try:
        for rows in found:
            calls.append(transaction.send(rows))  # noqa: PERF401 - it ends by an exception
    except StopIteration as finished:
        return finished.value, calls
    raise RuntimeError("which statements an export needs depends on what it finds")


async def _pieces(
    services: Services,
    companies: list[dict[str, Any]],
    files: dict[str, list[ExportedFile]],
    *,
    with_content: bool,
) -> AsyncIterator[bytes]:
    """The document in pieces: a company without its files, then some files at a time."""
    gathered = bytearray(b'{"companies":[')
    for number, company in enumerate(companies):
        of_one = files.get(company["id"], [])
        head = (await asyncio.to_thread(_encoded, company))[:-1]
        gathered += (b"," if number else b"") + head + (b',"files":[' if of_one else b"")
        for index, file in enumerate(of_one):
            gathered += (b"," if index else b"") + file.json
            if with_content:
                content = await _content(services, company["id"], file.id, file.size)
                if content is not None:
                    gathered[-1:] = b',"content_base64":"' + base64.b64encode(content) + b'"}'
            if len(gathered) >= _PIECE_BYTES:
                yield bytes(gathered)
                gathered.clear()
        gathered += b"]}" if of_one else b"}"
    yield bytes(gathered) + b"]}"


def _encoded(company: dict[str, Any]) -> bytes:
    """The JSON of a company, item by item: other threads get no turn in the middle of one."""
    members = [
        to_json(key)
        + b":"
        + (
            b"[" + b",".join([to_json(item) for item in value]) + b"]"
            if isinstance(value, list)
            else to_json(value)
        )
        for key, value in company.items()
    ]
    return b"{" + b",".join(members) + b"}"


async def _content(services: Services, company_id: str, file_id: str, size: int) -> bytes | None:
    read = services.storage.read(company_id, file_id, 0, size)
    try:
        return b"".join([piece async for piece in read])
    except ContentGone:
        return None


def _read(company_id: str | None) -> Transaction[Read]:
    """The companies without their files, the files by company, and the stored seeds."""
    listed = yield from finished_companies(company_id)
    files = yield from export_files(company_id)
    parts = {
        "users": (yield from exported(UserSeed, company_id)),
        "api_keys": (yield from exported(KeySeed, company_id)),
        "hmac": (yield from exported(HmacSeed, company_id)),
        "tags": (yield from export_tags(company_id)),
        "rules": (yield from exported(RuleSeed, company_id)),
        "deferred_sessions": (yield from exported(DeferredSessionSeed, company_id)),
        "jobs": (yield from exported(JobSeed, company_id)),
    }
    events = yield from export_events(company_id)
    seeds = yield from stored_seeds(company_id)
    return (yield from export_companies(listed, company_id, parts, events)), files, seeds
