"""The calls of which a job's life consists, made as the clients make them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx
from sqlalchemy import func, select

from alfred_mock.core.clock import Instant, Shift
from alfred_mock.database import Database, Statement
from alfred_mock.main import Application
from alfred_mock.tables import metadata
from tests.support import COMPANY, WITH_KEY, client_of

UPLOAD = "/api/file/uploadfile"
FILE = "/api/file/detail"
DOWNLOAD = "/api/file/download"
JOB_CREATE = "/api/job/create"
JOB = "/api/job/detail"
JOBS = "/api/job/all"
SESSION = "/api/deferred/detail"
SESSION_CREATE = "/api/deferred/create"
REMOTE = "/api/file/upload"
VALUES_OF_FILE = "/api/values/file"
VALUES_OF_TAG = "/api/values/tag"
REPORT = "/api/report/tag"

OTHER_COMPANY = "5b0f3a52-8f0e-4d55-8e9d-5a1c7be5a0f4"
WITH_OTHER_KEY = {"X-TagshelfAPI-Key": "other-key"}
NOON = 1_700_000_000_000
BOUNDARY = "----a-boundary"


class Part(NamedTuple):
    """A part of a form, byte for byte."""

    name: str
    data: bytes
    file_name: str | None = None
    content_type: str | None = None

    def encode(self) -> bytes:
        """The part with its headers, as it is between two boundaries."""
        lines = [f'Content-Disposition: form-data; name="{self.name}"']
        if self.file_name is not None:
            lines[0] += f'; filename="{self.file_name}"'
        if self.content_type is not None:
            lines.append(f"Content-Type: {self.content_type}")
        head = "\r\n".join(lines)
        return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + self.data


def form(*parts: Part) -> bytes:
    """A whole form."""
    opened = b"".join(b"--%b\r\n%b\r\n" % (BOUNDARY.encode(), part.encode()) for part in parts)
    return opened + b"--%b--\r\n" % BOUNDARY.encode()


def form_headers(headers: dict[str, str] | None = None) -> dict[str, str]:
    """The headers of a request with a form."""
    content_type = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return {**(headers or WITH_KEY), **content_type}


async def send_form(
    client: httpx.AsyncClient, *parts: Part, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Upload exactly these parts."""
    return await client.post(UPLOAD, content=form(*parts), headers=form_headers(headers))


async def new_session(client: httpx.AsyncClient, headers: dict[str, str] = WITH_KEY) -> str:
    """The id of a new open session."""
    answer = await client.post(SESSION_CREATE, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["session_id"])


async def try_upload(
    client: httpx.AsyncClient,
    session_id: str,
    name: str = "a.pdf",
    content: bytes = b"content",
    *,
    metadata: Any = None,
    headers: dict[str, str] = WITH_KEY,
) -> httpx.Response:
    """The answer to an upload."""
    data = {"session_id": session_id}
    if metadata is not None:
        data["metadata"] = json.dumps(metadata)
    files = {"file": (name, content, "application/pdf")}
    return await client.post(UPLOAD, data=data, files=files, headers=headers)


async def upload(client: httpx.AsyncClient, session_id: str, *given: Any, **options: Any) -> str:
    """The id of a file that was uploaded."""
    answer = await try_upload(client, session_id, *given, **options)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["file_id"])


async def try_job(
    client: httpx.AsyncClient, headers: dict[str, str] = WITH_KEY, **asked: Any
) -> httpx.Response:
    """The answer to creating a job."""
    return await client.post(JOB_CREATE, content=json.dumps(asked), headers=headers)


async def job_of_session(
    client: httpx.AsyncClient, session_id: str, headers: dict[str, str] = WITH_KEY, **asked: Any
) -> str:
    """The id of the job that has closed this session."""
    answer = await try_job(client, headers, session_id=session_id, **asked)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["job_id"])


async def job_of_files(
    client: httpx.AsyncClient,
    *names: str,
    metadata_of_files: Any = None,
    headers: dict[str, str] = WITH_KEY,
    **asked: Any,
) -> str:
    """The id of a new job of new files with these names."""
    session_id = await new_session(client, headers)
    for name in names or ("a.pdf",):
        await upload(client, session_id, name, metadata=metadata_of_files, headers=headers)
    return await job_of_session(client, session_id, headers, **asked)


async def get(
    client: httpx.AsyncClient, where: str, *ids: str, headers: dict[str, str] = WITH_KEY
) -> Any:
    """What a successful answer says."""
    answer = await client.get("/".join((where, *ids)), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def freeze(app: Application, at: Instant, company_id: str = COMPANY) -> None:
    """Let a company's time stand still."""
    app.services.clock.shifts = {
        **app.services.clock.shifts,
        company_id: Shift(frozen_at=at),
    }


@asynccontextmanager
async def clients(*apps: Application) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A client for each of several replicas."""
    opened = [client_of(app) for app in apps]
    try:
        yield opened
    finally:
        for client in opened:
            await client.aclose()


async def rows_of(database: Database, table: str) -> int:
    """How many rows a table has."""
    count = select(func.count()).select_from(metadata.tables[table])
    ((found,),) = await database.fetch(Statement(count)())
    return int(found)


async def stored(database: Database) -> dict[str, int]:
    """How many rows there are of all that an upload or a job stores."""
    tables = ("file", "file_content", "file_name", "job", "file_value")
    return {table: await rows_of(database, table) for table in tables}


NOTHING_STORED = {"file": 0, "file_content": 0, "file_name": 0, "job": 0, "file_value": 0}
