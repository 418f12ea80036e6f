"""What is large in a request's head costs neither time nor room."""

import time

import httpx
import pytest

from alfred_mock.control.journal.capture import HEAD_BYTES, CapturedRequest
from alfred_mock.core.settings import Settings
from tests.control.journal.calls import last
from tests.support import HMAC_ID, WITH_KEY

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"
MEGABYTE = "x" * 1_000_000


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Anything": MEGABYTE},
        {"X-Anything": " " * 1_000_000 + "x"},
        {MEGABYTE: "x"},
        {f"X-{number}": "x" * 1_000 for number in range(1_000)},
        {"Content-Type": f"multipart/form-data; boundary={MEGABYTE}"},
        {"Content-Type": "multipart/form-data" + ";" * 60_000},
        {"X-Request-ID": MEGABYTE},
        {"Authorization": f"Bearer {MEGABYTE}"},
        {"Authorization": f"amx {HMAC_ID}:a:b:NOW", "X-Forwarded-Host": MEGABYTE},
        {"Authorization": f"amx {MEGABYTE}:a:b:NOW"},
        {"Authorization": f"amx {HMAC_ID}:{MEGABYTE}:b:NOW"},
        {"X-TagshelfAPI-Key": MEGABYTE},
    ],
    ids=lambda headers: f"{next(iter(headers))[:20]}-{len(headers)}",
)
async def test_a_large_header(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    now = str(int(time.time()))
    sent = {**WITH_KEY, **{name: value.replace("NOW", now) for name, value in headers.items()}}
    if "Authorization" in headers:
        del sent["X-TagshelfAPI-Key"]
    begun = time.process_time()
    answer = await client.get(PING, headers=sent)
    assert answer.status_code in (200, 401)
    entry = await last(client)
    assert time.process_time() - begun < 2
    kept = sum(len(name) + len(value) for name, value in entry["headers"].items())
    assert kept < 2 * HEAD_BYTES
    assert len(entry["reason"] or "") < HEAD_BYTES


@pytest.mark.parametrize("target", [f"{PING}?q={MEGABYTE}", f"/{MEGABYTE}", "/" * 60_000])
async def test_a_large_target(client: httpx.AsyncClient, target: str) -> None:
    now = int(time.time())
    for credentials in (WITH_KEY, {"Authorization": f"amx {HMAC_ID}:a:b:{now}"}):
        begun = time.process_time()
        for _ in range(5):
            answer = await client.get("http://alfred.test" + target[:65_000], headers=credentials)
            assert answer.status_code in (200, 401, 404)
        entry = await last(client)
        assert time.process_time() - begun < 2
        assert len(entry["path"]) + len(entry["query"]) <= 2 * HEAD_BYTES


def test_headers_count_in_the_weight_of_a_request() -> None:
    def weight(size: int) -> int:
        scope = {
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": [(b"x", b"x" * size)],
        }
        return CapturedRequest(scope, 0).weight

    assert weight(10_000) - weight(0) == 10_000
    assert weight(1_000_000) <= weight(0) + HEAD_BYTES


async def test_what_is_left_out_is_told(client: httpx.AsyncClient) -> None:
    await client.get(PING, headers={**WITH_KEY, "X-Long": "y" * 100_000, "Z" * 5_000: "z"})
    headers = (await last(client))["headers"]
    assert headers["x-long"].startswith("<100000 bytes> yyy")
    assert headers["..."] == "<5001 bytes of more headers>"
    assert headers["host"] == "alfred.test"
