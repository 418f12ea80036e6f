"""Receiving a file: a multipart form, streamed to disk, stored together with its row or not at all.

The parts come in any order and with any type (SDK: each client sends them differently).
"""

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, NamedTuple

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from alfred_mock.alfred.deferred_sessions import locks
from alfred_mock.alfred.files import repository
from alfred_mock.alfred.files.content import facts_of
from alfred_mock.alfred.files.naming import clean_name
from alfred_mock.alfred.wire import metadata_text
from alfred_mock.auth.caller import Caller, CompanyRemoved
from alfred_mock.core.body import body_of
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest, PayloadTooLarge
from alfred_mock.core.ids import parse_uuid
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Settings
from alfred_mock.core.storage import Storage
from alfred_mock.database import ConstraintViolated, Transaction

MAX_FIELDS = 32
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
    form: FormData | None = None
    try:
        form = await _parse(request, settings)
        yield _understood(form, settings.max_upload)
    finally:
        if form is not None:
            await form.close()


class _Parser(MultiPartParser):
    """Notes the end of the form; without that, a form that is cut off would look whole."""

    ended = False

    def on_end(self) -> None:
        self.ended = True


async def _parse(request: Request, settings: Settings) -> FormData:
    if not request.headers.get("Content-Type", "").lower().startswith("multipart/form-data"):
        raise BadRequest("The body must be multipart/form-data.")

    async def whole_body() -> AsyncGenerator[bytes, None]:
        async for chunk in body_of(request, limit=settings.max_body):
            yield chunk
        if not parser.ended:
            raise BadRequest("The form cannot be read: it is cut off.")

    parser = _Parser(request.headers, whole_body(), max_files=1, max_fields=MAX_FIELDS)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise BadRequest(f"The form cannot be read: {error.message}") from None
    except UnicodeError:  # some codecs fail in ways of their own
        raise BadRequest("The form cannot be read: it is not in its charset.") from None
    except PayloadTooLarge:
        raise PayloadTooLarge(settings.max_upload) from None


def _understood(form: FormData, max_upload: int) -> Received:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise BadRequest("Part 'file' is required, with a file name.")
    if (file.size or 0) > max_upload:
        raise PayloadTooLarge(max_upload)
    session_id = parse_uuid(_text(form, "session_id").strip())
    if session_id is None:
        raise BadRequest("Part 'session_id' must be a UUID.")
    content_type = file.content_type or ""
    return Received(
        session_id=session_id,
        file_name=clean_name(file.filename or ""),
        content_type=content_type
        if _CONTENT_TYPE.fullmatch(content_type)
        else DEFAULT_CONTENT_TYPE,
        metadata_json=_metadata(_text(form, "metadata", default="")),
        content=file.file,
    )


def _text(form: FormData, name: str, *, default: str | None = None) -> str:
    value = form.get(name, default)
    if isinstance(value, UploadFile):
        raise BadRequest(f"Part '{name}' must have no file name.")
    if value is None:
        raise BadRequest(f"Part '{name}' is required.")
    return value


def _metadata(text: str) -> str:
    if not text.strip():
        return ""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("Part 'metadata' must be JSON.") from None
    return metadata_text(content) or ""
