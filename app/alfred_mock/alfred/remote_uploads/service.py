"""Uploading from remote sources: a job at once, with a file for each place that was named.

The files of hosts that the operator has allowed are fetched; all others get stand-in content, since
a test double that fetches whatever it is told to would be a hole into the network it runs in.
"""

import io
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote, urlsplit

from alfred_mock.alfred.files import repository
from alfred_mock.alfred.files.naming import clean_name
from alfred_mock.alfred.files.repository import NewFile
from alfred_mock.alfred.files.uploads import md5_of
from alfred_mock.alfred.jobs import service as jobs
from alfred_mock.alfred.jobs.service import JobFileInput, NewJob
from alfred_mock.alfred.processing import progress
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.remote_uploads.fetching import Failed, Fetched, fetch_all
from alfred_mock.alfred.remote_uploads.schemas import RemoteUpload
from alfred_mock.alfred.remote_uploads.stand_in import content_type_of, stand_in
from alfred_mock.alfred.wire import metadata_text
from alfred_mock.auth.caller import Caller
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.services import Services
from alfred_mock.database import Transaction

_NAMELESS = "file"


class _Remote(NamedTuple):
    """A file, its content, and what has become of it on the way."""

    file: NewFile
    content: BinaryIO
    outcome: Outcome | None


async def upload(services: Services, caller: Caller, asked: RemoteUpload) -> str:
    """Create a job of these remote files and return its id.

    Raises:
        BadRequest: the metadata does not fit the files, or a name cannot be one.
    """
    places = asked.places
    job_metadata, file_metadata = _metadata(asked, len(places))
    job = NewJob(
        id=services.ids.uuid(),
        input_source_type=progress.REMOTE,
        channel=asked.channel,
        merge=asked.merge,
        decompose=False,
        propagate_metadata=asked.propagate_metadata,
        metadata_json=job_metadata,
        priority=asked.priority,
        parent_file_prefix=asked.parent_file_prefix,
        source=asked.source,
        container=asked.container,
        file_name=asked.file_name if asked.source else None,
        file_names=asked.file_names if asked.source else None,
        urls=places if asked.source is None else None,
    )
    names = [_name(place, is_url=asked.source is None) for place in places]
    with ExitStack() as contents:
        fetched: Sequence[Any] = [None] * len(places)
        if asked.source is None and services.settings.fetch_hosts:
            fetched = await fetch_all(places, services.settings)
            for result in fetched:
                if isinstance(result, Fetched):
                    contents.callback(result.close)
        remotes = [
            await _receive(services, position, name, metadata, result)
            for position, (name, metadata, result) in enumerate(
                zip(names, file_metadata, fetched, strict=True)
            )
        ]
        now = services.clock.now(caller.company_id)
        try:
            for remote in remotes:
                await services.storage.keep(caller.company_id, remote.file.id, remote.content)
            await services.database.transact(_store(services, caller, job, remotes, now))
        except BaseException:
            for remote in remotes:
                await services.storage.discard(caller.company_id, remote.file.id)
            raise
    return job.id


def _store(
    services: Services, caller: Caller, job: NewJob, remotes: list[_Remote], now: Instant
) -> Transaction[None]:
    company_id = caller.company_id
    for remote in remotes:
        yield from services.storage.statements(company_id, remote.file.id, remote.content)
    yield from repository.hold_names(company_id, (remote.file.uploaded_name for remote in remotes))
    for remote in remotes:
        yield from repository.add(company_id, remote.file, session_id=None, now=now)
    files = [
        JobFileInput(
            remote.file.id, remote.file.uploaded_name, remote.file.metadata_json, remote.outcome
        )
        for remote in remotes
    ]
    yield from jobs.add(services.settings, caller, job, files, session_id=None, now=now)


async def _receive(
    services: Services, position: int, name: str, metadata: str, result: Any
) -> _Remote:
    content: BinaryIO
    content_type = content_type_of(name)
    if isinstance(result, Fetched):
        content, content_type, size = (
            result.content,
            result.content_type or content_type,
            result.size,
        )
        outcome = None
    else:
        # A file that could not be fetched is there all the same, without any content.
        data = b"" if isinstance(result, Failed) else stand_in(name)
        outcome = Outcome.DOWNLOAD_FAILED if isinstance(result, Failed) else None
        content, size = io.BytesIO(data), len(data)
    file = NewFile(
        id=services.ids.uuid(),
        uploaded_name=name,
        content_type=content_type,
        size=size,
        md5_hash=await md5_of(content),
        metadata_json=metadata,
        position=position,
    )
    return _Remote(file, content, outcome)


def _name(place: str, *, is_url: bool) -> str:
    """What a file is called, after the last part of its URL's path or of its name in the source."""
    if is_url:
        try:
            place = unquote(urlsplit(place).path)
        except ValueError:
            raise BadRequest(f"{place[:200]!r} is no URL.") from None
    last = place.rstrip("/").replace("\\", "/").rpartition("/")[2]
    return clean_name(last or _NAMELESS)


def _metadata(asked: RemoteUpload, count: int) -> tuple[str | None, list[str]]:
    """The metadata of the job, and that of each file (docs)."""
    whole = metadata_text(asked.metadata)
    if isinstance(asked.metadata, list) and not asked.merge and not asked.propagate_metadata:
        if len(asked.metadata) != count:
            raise BadRequest(f"Field 'metadata' must have an object for each of the {count} files.")
        return whole, [metadata_text(item) or "" for item in asked.metadata]
    return whole, [whole or ""] * count
