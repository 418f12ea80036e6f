"""Bodies that are too large, compressed, or not read at all."""

import gzip
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from alfred_mock.control.body_limit import BODY_BYTES
from alfred_mock.core.settings import Settings
from tests.auth.vectors import amx
from tests.support import HMAC_ID, HMAC_KEY, LOGIN, ORIGIN, WITH_KEY

pytestmark = pytest.mark.anyio

JOB = "/api/job/create"
FAULTS = "/__admin/faults"
READERS = ["/api/job/create", "/api/file/upload", "/token", FAULTS, "/__admin/seed"]


class Endless:
    """A body that counts what was taken of it."""

    def __init__(self) -> None:
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(10_000):
            self.taken += 65_536
            yield b" " * 65_536


def _amx(public_id: str = HMAC_ID, *, off_by: int = 0) -> dict[str, str]:
    at = int(time.time()) + off_by
    value = amx(public_id, HMAC_KEY, "POST", ORIGIN + JOB, nonce=f"{at}", timestamp=at)
    return {"Authorization": value}


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, max_upload=1)


@pytest.mark.parametrize(("public_id", "off_by"), [("nobody", 0), (HMAC_ID, 1_000)])
async def test_nothing_is_read_for_who_cannot_have_signed(
    client: httpx.AsyncClient, public_id: str, off_by: int
) -> None:
    body = Endless()
    answer = await client.post(JOB, headers=_amx(public_id, off_by=off_by), content=body)
    assert answer.status_code == 401
    # The journal may look at the first piece.
    assert body.taken <= 65_536


@pytest.mark.parametrize(
    ("path", "headers", "limit"),
    [
        (JOB, _amx(), 4_194_304),
        (JOB, WITH_KEY, 2_097_152),
        (FAULTS, {"Host": "localhost"}, 2 * BODY_BYTES),
        ("/__admin/companies", {"Host": "localhost"}, 300_000_000),
        ("/token", {}, 131_072),
    ],
)
async def test_every_body_has_a_limit(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], limit: int
) -> None:
    if path == JOB and "Authorization" in headers:
        headers = _amx()
    body = Endless()
    answer = await client.post(path, headers=headers, content=body)
    assert answer.status_code == (400 if path == "/token" else 413)
    assert body.taken <= limit
    if path != "/token":
        assert answer.json()["error"] == "Content Too Large"


@pytest.mark.parametrize("path", [JOB, FAULTS])
async def test_a_body_that_is_declared_too_large_is_not_read(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = {**_amx(), "Host": "alfred.test", "Content-Length": f"{10**12}"}
    body = Endless()
    answer = await client.post(path, headers=headers, content=body)
    assert (answer.status_code, answer.json()["error"]) == (413, "Content Too Large")
    assert body.taken <= 65_536


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "Zstd"])
@pytest.mark.parametrize("path", [*READERS, "/api/file/uploadfile"])
async def test_a_compressed_body_is_refused(
    client: httpx.AsyncClient, path: str, encoding: str
) -> None:
    method = "PUT" if path == "/__admin/seed" else "POST"
    headers = {
        **WITH_KEY,
        "Content-Encoding": encoding,
        "Content-Type": "multipart/form-data; boundary=a",
    }
    answer = await client.request(method, path, headers=headers, content=gzip.compress(b"{}"))
    assert (answer.status_code, set(answer.json())) == (415, {"error", "message"})
    assert encoding in answer.json()["message"]
    assert answer.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
async def test_a_body_as_it_is_may_say_so(client: httpx.AsyncClient, encoding: str) -> None:
    headers = {"Content-Encoding": encoding}
    assert (await client.post("/token", data=LOGIN, headers=headers)).status_code == 200
    rule = {"effect": {"status": 500}}
    assert (await client.post(FAULTS, json=rule, headers=headers)).status_code == 200


async def test_what_is_not_read_may_be_compressed(client: httpx.AsyncClient) -> None:
    headers = {**WITH_KEY, "Content-Encoding": "gzip"}
    answer = await client.post("/api/deferred/create", headers=headers, content=b"anything")
    assert answer.status_code == 200
