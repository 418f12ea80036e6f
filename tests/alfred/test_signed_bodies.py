"""HMAC covers bodies: what was signed is what is stored, and nothing else is."""

import time
import uuid

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.alfred.calls import (
    DOWNLOAD,
    JOB,
    JOB_CREATE,
    NOTHING_STORED,
    SESSION,
    UPLOAD,
    Part,
    form,
    form_headers,
    get,
    new_session,
    stored,
    upload,
)
from tests.auth.vectors import amx
from tests.support import HMAC_ID, HMAC_KEY, ORIGIN, WITH_KEY

pytestmark = pytest.mark.anyio


def _signed(path: str, body: bytes) -> dict[str, str]:
    nonce, timestamp = str(uuid.uuid4()), int(time.time())
    url = ORIGIN + path
    value = amx(HMAC_ID, HMAC_KEY, "POST", url, nonce=nonce, timestamp=timestamp, body=body)
    return {"Authorization": value}


@pytest.mark.parametrize("path", [UPLOAD, JOB_CREATE, "/api/file/upload"])
async def test_an_empty_body_that_was_signed_is_read_as_such(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.post(path, headers=_signed(path, b""))
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


def _form(session_id: str, content: bytes) -> bytes:
    return form(Part("session_id", session_id.encode()), Part("file", content, "a.bin"))


@pytest.mark.parametrize("size", [0, 10, 3_000_000])
async def test_an_upload_that_was_signed_is_stored(client: httpx.AsyncClient, size: int) -> None:
    content = b"\x00x" * (size // 2)
    body = _form(await new_session(client), content)
    headers = form_headers(_signed(UPLOAD, body))
    answer = await client.post(UPLOAD, content=body, headers=headers)
    assert answer.status_code == 200
    file_id = answer.json()["file_id"]
    assert (await client.get(f"{DOWNLOAD}/{file_id}", headers=WITH_KEY)).content == content


@pytest.mark.parametrize("size", [10, 3_000_000])
async def test_an_upload_that_was_changed_on_the_way_is_not(
    app: Application, client: httpx.AsyncClient, size: int
) -> None:
    session_id = await new_session(client)
    headers = form_headers(_signed(UPLOAD, _form(session_id, b"x" * size)))
    changed = _form(session_id, b"x" * (size - 1) + b"y")
    answer = await client.post(UPLOAD, content=changed, headers=headers)
    assert answer.status_code == 401
    assert await stored(app.services.database) == NOTHING_STORED


async def test_a_job_that_was_signed_is_created(client: httpx.AsyncClient) -> None:
    session_id = await new_session(client)
    await upload(client, session_id)
    body = b'{"session_id": "%s", "channel": "signed"}' % session_id.encode()
    answer = await client.post(JOB_CREATE, content=body, headers=_signed(JOB_CREATE, body))
    assert answer.status_code == 200
    job = await get(client, JOB, answer.json()["job_id"])
    assert (job["channel"], job["user_name"]) == ("signed", "HMAC Key 1")


async def test_a_job_that_was_changed_on_the_way_is_not(client: httpx.AsyncClient) -> None:
    session_id = await new_session(client)
    await upload(client, session_id)
    body = b'{"session_id": "%s"}' % session_id.encode()
    headers = _signed(JOB_CREATE, body)
    answer = await client.post(JOB_CREATE, content=body + b" ", headers=headers)
    assert answer.status_code == 401
    assert (await get(client, SESSION, session_id))["status"] == "open"


class TestTooLarge:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(_env_file=None, database_url=database_url, max_upload=1)

    async def test_a_signed_upload_beyond_all_limits_is_too_large(
        self, app: Application, client: httpx.AsyncClient
    ) -> None:
        body = _form(await new_session(client), b"x" * 3_000_000)
        headers = form_headers(_signed(UPLOAD, body))
        answer = await client.post(UPLOAD, content=body, headers=headers)
        assert answer.status_code == 413
        assert await stored(app.services.database) == NOTHING_STORED
