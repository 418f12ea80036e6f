"""The ETag of a download is honoured."""

import httpx
import pytest

from tests.alfred.calls import DOWNLOAD, new_session, upload
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

HEADERS = ("If-Match", "If-None-Match")


@pytest.fixture
async def path(client: httpx.AsyncClient) -> str:
    return f"{DOWNLOAD}/{await upload(client, await new_session(client))}"


async def _status(client: httpx.AsyncClient, path: str, *lines: tuple[str, str]) -> int:
    etag = (await client.get(path, headers=WITH_KEY)).headers["ETag"]
    headers = [*WITH_KEY.items(), *((name, value.replace("ETAG", etag)) for name, value in lines)]
    answer = await client.get(path, headers=headers)
    if answer.status_code in (304, 412):
        assert answer.headers["ETag"] == etag
        assert "Content-Disposition" not in answer.headers
    if answer.status_code == 304:
        assert answer.content == b""
        assert "Content-Length" not in answer.headers
    if answer.status_code == 412:
        assert set(answer.json()) == {"error", "message"}
    return answer.status_code


@pytest.mark.parametrize(
    ("value", "of_match", "of_none_match"),
    [
        ("ETAG", 200, 304),
        ("W/ETAG", 412, 304),
        ("*", 200, 304),
        (' "a" , ETAG', 200, 304),
        ('"a, b", W/"c",ETAG,', 200, 304),
        ('"another"', 412, 200),
        ('W/"another", "third"', 412, 200),
        ('"*"', 412, 200),
        ("another", 412, 200),
        ("", 412, 200),
        ('"' * 60_001, 412, 200),
        ("W/" * 30_000, 412, 200),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_conditions(
    client: httpx.AsyncClient, path: str, value: str, of_match: int, of_none_match: int
) -> None:
    assert await _status(client, path, ("If-Match", value)) == of_match
    assert await _status(client, path, ("If-None-Match", value)) == of_none_match


async def test_a_list_may_be_on_several_lines(client: httpx.AsyncClient, path: str) -> None:
    lines = (("If-None-Match", '"a"'), ("If-None-Match", "ETAG"))
    assert await _status(client, path, *lines) == 304


async def test_which_condition_comes_first(client: httpx.AsyncClient, path: str) -> None:
    another = ("If-Match", '"another"')
    assert await _status(client, path, another, ("If-None-Match", "ETAG")) == 412
    part = ("Range", "bytes=0-0")
    assert await _status(client, path, ("If-None-Match", "ETAG"), part) == 304
    assert await _status(client, path, ("If-None-Match", '"a"'), part) == 206
    assert await _status(client, path, another, ("Range", "bytes=100000-")) == 412


async def test_conditions_on_dates_are_ignored(client: httpx.AsyncClient, path: str) -> None:
    for name in ("If-Modified-Since", "If-Unmodified-Since"):
        assert await _status(client, path, (name, "Sat, 29 Oct 1994 19:43:31 GMT")) == 200
