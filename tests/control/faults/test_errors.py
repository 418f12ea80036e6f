"""The errors that a fault answers with."""

import time

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.control.faults.serving import PING, make
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (400, "Bad Request"),
        (404, "Not Found"),
        (413, "Content Too Large"),
        (499, "Client Error"),
        (500, "Internal Server Error"),
        (504, "Gateway Timeout"),
        (599, "Server Error"),
    ],
)
async def test_a_status_comes_in_the_documented_shape(
    client: httpx.AsyncClient, status: int, phrase: str
) -> None:
    await make(client, {"status": status})
    answer = await client.get(PING, headers=WITH_KEY)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert body.keys() == {"error", "message"}
    assert body["error"] == phrase
    assert body["message"].endswith(".")
    assert answer.headers["X-RateLimit-Remaining"] == answer.headers["X-RateLimit-Limit"]
    assert "X-Request-ID" in answer.headers


async def test_a_message_and_headers_are_taken_over(client: httpx.AsyncClient) -> None:
    headers = {"Retry-After": "7", "X-Own": "\xe9", "X-Request-ID": "mine"}
    await make(client, {"status": 503, "message": "Gone fishing \u20ac", "headers": headers})
    answer = await client.get(PING, headers=WITH_KEY)
    assert answer.json() == {"error": "Service Unavailable", "message": "Gone fishing \u20ac"}
    assert answer.headers.get_list("Retry-After") == ["7"]
    assert answer.headers.get_list("X-Request-ID") == ["mine"]
    assert answer.headers["X-Own"] == "\xe9"


async def test_429_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    await make(client, {"status": 429})
    before = time.time()
    answer = await client.get(PING, headers=WITH_KEY)
    assert answer.headers.get_list("X-RateLimit-Limit") == ["10000"]
    assert answer.headers.get_list("X-RateLimit-Remaining") == ["0"]
    (at,) = answer.headers.get_list("X-RateLimit-Reset")
    assert before < int(at) <= time.time() + 2
    assert answer.headers["Retry-After"] == "1"


async def test_401_and_503_have_their_headers(client: httpx.AsyncClient) -> None:
    await make(client, sequence=[{"status": 401}, {"status": 503}])
    refused = await client.get(PING, headers=WITH_KEY)
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="Alfred", amx'
    assert (await client.get(PING, headers=WITH_KEY)).headers["Retry-After"] == "1"
