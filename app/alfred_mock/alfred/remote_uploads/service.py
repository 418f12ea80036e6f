"""Uploading from remote sources: a job at once, with a file for each place that was named.

The files of hosts that the operator has allowed are fetched. All others get stand-in content: a
test double that fetches every URL it is given would be a hole into the network it runs in.
"""

import io
import json
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote, urlsplit

from starlette.concurrency import run_in_threadpool

from alfred_mock.alfred.files import repository as files
from alfred_mock.alfred.files.content import facts_of
from alfred_mock.alfred.files.naming import clean_name
from alfred_mock.alfred.jobs import service as jobs
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.progress import REMOTE
from alfred_mock.alfred.remote_uploads.fetching import Failed, Fetched, fetch_all
from alfred_mock.alfred.remote_uploads.schemas import RemoteUpload
from alfred_mock.alfred.remote_uploads.stand_in import content_type_of, stand_in
from alfred_mock.alfred.wire import metadata_text
from alfred_mock.auth.caller import Caller, CompanyRemoved
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.services import Services
from alfred_mock.database import ConstraintViolated, Transaction

_NAMELESS = "file"


class Created(NamedTuple):
    """A job of remote files."""

    job_id: str
    failures: list[str]
    """A sentence for each file that should have been fetched and was not; says why."""


class _Remote(NamedTuple):
    """A file, its content, and what happened to it on the way."""

    row: dict[str, Any]
    content: BinaryIO
    outcome: Outcome | None


async def upload(services: Services, caller: Caller, asked: RemoteUpload) -> Created:
    """Create a job of these remote files.

    Raises:
        BadRequest: the metadata does not fit the files, or a name cannot be one.
    """
    places = asked.places
    job = {**jobs.asked_of(asked), "input_source_type": REMOTE}
    file_metadata = _metadata(asked, job["metadata_json"], len(places))
    job["id"] = services.ids.uuid()
    if asked.source is None:
        job.update(
            remote_file_name=None, remote_file_names_json=None, file_urls_json=json.dumps(places)
        )
    names = [_name(place, is_url=asked.source is None) for place in places]
    company_id, storage = caller.company_id, services.storage
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
        now = services.clock.now(company_id)
        try:
            for remote in remotes:
                await storage.keep(company_id, remote.row["id"], remote.content)
            await services.database.transact(_store(services, caller, job, remotes, now))
        except BaseException as error:
            for remote in remotes:
                await storage.discard(company_id, remote.row["id"])
            if isinstance(error, ConstraintViolated):
                raise CompanyRemoved from None
            raise
    failures = [
        f"{name!r} was not fetched: {result.reason}"
        for name, result in zip(names, fetched, strict=True)
        if isinstance(result, Failed)
    ]
    return Created(str(job["id"]), failures)


def _store(
    services: Services, caller: Caller, job: dict[str, Any], remotes: list[_Remote], now: Instant
) -> Transaction[None]:
    company_id = caller.company_id
    for row, content, _ in remotes:
        yield from services.storage.statements(company_id, row["id"], content)
    yield from files.lock_names(company_id, (row["uploaded_name"] for row, *_ in remotes))
    for row, *_ in remotes:
        yield from files.add(company_id, now=now, **row)
    taken = [
        jobs.FileToTake(row["id"], row["uploaded_name"], row["metadata_json"], outcome)
        for row, _, outcome in remotes
    ]
    yield from jobs.add(services, caller, job, taken, now=now)


async def _receive(
    services: Services, position: int, name: str, metadata: str, result: Any
) -> _Remote:
    content_type, outcome = content_type_of(name), None
    if isinstance(result, Fetched):
        content, content_type = result.content, result.content_type or content_type
    elif isinstance(result, Failed):
        # A file that could not be fetched is there all the same, without any content.
        content, outcome = io.BytesIO(), Outcome.DOWNLOAD_FAILED
    else:
        content = io.BytesIO(stand_in(name))
    row = {
        "id": services.ids.uuid(),
        "position": position,
        "uploaded_name": name,
        "content_type": content_type,
        "metadata_json": metadata,
        **await run_in_threadpool(facts_of, content),
    }
    return _Remote(row, content, outcome)


def _name(place: str, *, is_url: bool) -> str:
    """What a file is called, after the last part of its URL's path or of its name in the source."""
    if is_url:
        try:
            place = unquote(urlsplit(place).path)
        except ValueError:
            raise BadRequest(f"{place[:200]!r} is no URL.") from None
    last = place.rstrip("/").replace("\\", "/").rpartition("/")[2]
    return clean_name(last or _NAMELESS)


def _metadata(asked: RemoteUpload, whole: str | None, count: int) -> list[str]:
    """The metadata of each file (docs), where that of the job is `whole`."""
    content = json.loads(whole) if whole else None
    if not isinstance(content, list):
        return [whole or ""] * count
    is_one = asked.url is not None or (asked.source is not None and asked.file_name is not None)
    for given, what in (
        (is_one, "one file"),
        (asked.merge, "'merge'"),
        (asked.propagate_metadata, "'propagate_metadata'"),
    ):
        if given:
            raise BadRequest(f"Field 'metadata' must be one object, no list, with {what}.")
    if len(content) != count:
        raise BadRequest(f"Field 'metadata' must have an object for each of the {count} files.")
    return [metadata_text(item) or "" for item in content]
