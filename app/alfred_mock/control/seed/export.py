"""The present state as a seed document: all that it takes to have the same again elsewhere."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterable
from itertools import repeat
from typing import Any, TypeVar

from fastapi import Response
from pydantic_core import to_json

from alfred_mock.control.seed.company import export_companies, hold_companies
from alfred_mock.control.seed.credentials import HmacSeed, KeySeed, UserSeed
from alfred_mock.control.seed.events import export_events
from alfred_mock.control.seed.files import export_files
from alfred_mock.control.seed.jobs import DeferredSessionSeed, JobSeed
from alfred_mock.control.seed.loading import stored_seeds
from alfred_mock.control.seed.part import exported
from alfred_mock.control.seed.secrets import masked, revealed
from alfred_mock.control.seed.tags import RuleSeed, export_tags
from alfred_mock.core.services import Services
from alfred_mock.core.storage import ContentGone
from alfred_mock.core.streams import StreamedJson
from alfred_mock.database import Database, Rows, Transaction
from alfred_mock.database.statements import Call

T = TypeVar("T")

STREAMED_BYTES = 1_048_576
"""A larger export is made while it is sent, with the content of one file in memory at a time."""
_BYTES_OF_A_FILE = 400
"""What an export has of a file beside its content, roughly."""


async def export(
    services: Services, company_id: str | None, *, with_content: bool, with_secrets: bool
) -> Response:
    """What a company has, or each of them, as it is now.

    Content that is not in the storage any more is left out, as all of it is on request: a stand-in
    takes its place when the document is loaded.
    """
    companies, sizes, seeds = await _read_apart(services.database, company_id)
    if with_secrets:
        await asyncio.to_thread(revealed, companies, seeds, services.vault)
    else:
        masked(companies)
    pieces = _pieces(services, companies, sizes if with_content else {})
    if sum(sizes.values()) + len(sizes) * _BYTES_OF_A_FILE > STREAMED_BYTES:
        return StreamedJson(pieces)
    return Response(b"".join([piece async for piece in pieces]), media_type="application/json")


async def _read_apart(
    database: Database, company_id: str | None
) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, str]]:
    """What `_read` reads, with the transaction no longer than its statements.

    To make documents of the rows takes many times longer than to read them, and would keep SQLite's
    writers waiting. Which statements there are does not depend on rows.
    """
    _, calls = _replayed(_read(company_id), repeat([]))
    found = await database.transact(_rows_of(calls))
    result, _ = await asyncio.to_thread(_replayed, _read(company_id), found)
    return result


def _rows_of(calls: list[Call]) -> Transaction[list[Rows]]:
    found = []
    for call in calls:
        found.append((yield call))  # noqa: PERF401 - a comprehension cannot yield
    return found


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
    services: Services, companies: list[dict[str, Any]], sizes: dict[str, int]
) -> AsyncIterator[bytes]:
    """The document in pieces: a company without its files, then file by file.

    `sizes` are of the files that come with their content.
    """
    before = b'{"companies":['
    for company in companies:
        files = company.pop("files", [])
        yield before + to_json(company)[:-1] + (b',"files":[' if files else b"")
        between = b""
        for file in files:
            if file["id"] in sizes:
                content = await _content(services, company["id"], file["id"], sizes[file["id"]])
                if content is not None:
                    file["content_base64"] = base64.b64encode(content).decode()
            yield between + to_json(file)
            file.pop("content_base64", None)
            between = b","
        yield b"]}" if files else b"}"
        before = b","
    yield b"]}" if companies else b'{"companies":[]}'


async def _content(services: Services, company_id: str, file_id: str, size: int) -> bytes | None:
    read = services.storage.read(company_id, file_id, 0, size)
    try:
        return b"".join([piece async for piece in read])
    except ContentGone:
        return None


def _read(
    company_id: str | None,
) -> Transaction[tuple[list[dict[str, Any]], dict[str, int], dict[str, str]]]:
    """The companies without the content of their files, the files' sizes by id, and the seeds."""
    # Nothing can be added to a company that is held, so all that is read fits together.
    held = yield from hold_companies(company_id)
    files, sizes = yield from export_files(company_id)
    parts = {
        "users": (yield from exported(UserSeed, company_id)),
        "api_keys": (yield from exported(KeySeed, company_id)),
        "hmac": (yield from exported(HmacSeed, company_id)),
        "tags": (yield from export_tags(company_id)),
        "rules": (yield from exported(RuleSeed, company_id)),
        "deferred_sessions": (yield from exported(DeferredSessionSeed, company_id)),
        "jobs": (yield from exported(JobSeed, company_id)),
        "files": files,
    }
    events = yield from export_events(company_id)
    seeds = yield from stored_seeds(company_id)
    return (yield from export_companies(held, company_id, parts, events)), sizes, seeds
