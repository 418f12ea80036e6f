"""Receiving a file: a multipart form, streamed to disk, stored together with its row or not at all.

The parts come in any order and with any type (SDK: each client sends them differently).
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, NamedTuple

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from alfred_mock.alfred.deferred_sessions import locks
from alfred_mock.alfred.files import repository
from alfred_mock.alfred.files.content import facts_of
from alfred_mock.alfred.files.form import Form, read_form
from alfred_mock.alfred.files.naming import clean_name
from alfred_mock.alfred.wire import metadata_text
from alfred_mock.auth.caller import Caller, CompanyRemoved
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest, PayloadTooLarge
from alfred_mock.core.ids import parse_uuid
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Settings
from alfred_mock.core.storage import Storage
from alfred_mock.database import ConstraintViolated, Transaction

DEFAULT_CONTENT_TYPE = "application/octet-stream"
_CONTENT_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;[ -~]*)?", re.ASCII)


class Received(NamedTuple):
    """A form that was read to its end, with the content in a temporary file."""

    session_id: str
    file_name: str
    content_type: str
    metadata_json: str
    content: BinaryIO


async def upload(request: Request, services: Services, caller: Caller) -> str:
    """Store the file of a form in the session that it names, and return the file's id.

    Raises:
        BadRequest: the form is broken, or a part is missing or not what it should be.
        PayloadTooLarge: the file, or all the rest, is larger than the server takes.
        NotFound: the caller's company has no such session.
        Conflict: the session is closed.
    """
    company_id, storage = caller.company_id, services.storage
    async with _received(request, services.settings) as form:
        file = {
            "id": services.ids.uuid(),
            "deferred_session_id": form.session_id,
            "uploaded_name": form.file_name,
            "content_type": form.content_type,
            "metadata_json": form.metadata_json,
            **await run_in_threadpool(facts_of, form.content),
        }
        now = services.clock.now(company_id)
        await storage.keep(company_id, file["id"], form.content)
        try:
            await services.database.transact(_store(storage, company_id, file, form.content, now))
        except BaseException as error:
            await storage.discard(company_id, file["id"])
            if isinstance(error, ConstraintViolated):
                raise CompanyRemoved from None
            raise
    return str(file["id"])


def _store(
    storage: Storage, company_id: str, file: dict[str, Any], content: BinaryIO, now: Instant
) -> Transaction[None]:
    yield from storage.statements(company_id, file["id"], content)
    # Not before all the content is there: a job that closes the session waits from here on.
    yield from locks.lock_open_session(company_id, file["deferred_session_id"], alone=False)
    yield from repository.add(company_id, now=now, **file)


@asynccontextmanager
async def _received(request: Request, settings: Settings) -> AsyncIterator[Received]:
    """The form of a request; its temporary file is gone afterwards."""
    try:
        form = await read_form(request, limit=settings.max_body)
    except PayloadTooLarge:
        raise PayloadTooLarge(settings.max_upload) from None
    try:
        yield _understood(form, settings.max_upload)
    finally:
        form.close()


def _understood(form: Form, max_upload: int) -> Received:
    file = form.file
    if file is None:
        raise BadRequest("Part 'file' is required, with a file name.")
    if file.content.tell() > max_upload:
        raise PayloadTooLarge(max_upload)
    if "session_id" not in form.texts:
        raise BadRequest("Part 'session_id' is required.")
    session_id = parse_uuid(form.texts["session_id"].strip())
    if session_id is None:
        raise BadRequest("Part 'session_id' must be a UUID.")
    return Received(
        session_id=session_id,
        file_name=_name(file.name),
        content_type=file.content_type
        if _CONTENT_TYPE.fullmatch(file.content_type)
        else DEFAULT_CONTENT_TYPE,
        metadata_json=_metadata(form.texts.get("metadata", "")),
        content=file.content,
    )


def _name(given: str) -> str:
    try:
        return clean_name(given)
    except BadRequest as error:
        raise BadRequest(f"Part 'file': {error.message}") from None


def _metadata(text: str) -> str:
    if not text.strip():
        return ""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("Part 'metadata' must be JSON.") from None
    return metadata_text(content) or ""
