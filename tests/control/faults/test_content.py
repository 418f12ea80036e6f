"""Answers with any status and any body."""

from base64 import b64encode

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.control.faults.serving import PING, make, make_over
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

_BYTES = bytes(range(256))
_PAGE = "<h1>Mantenimiento: vuelva ma\u00f1ana</h1>"


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


async def test_a_page_in_place_of_an_error(client: httpx.AsyncClient) -> None:
    await make(client, {"status": 502, "content": _PAGE, "content_type": "text/html"})
    answer = await client.get(PING, headers=WITH_KEY)
    assert (answer.status_code, answer.content) == (502, _PAGE.encode())
    assert answer.headers.get_list("Content-Type") == ["text/html"]
    assert answer.headers.get_list("Content-Length") == [str(len(answer.content))]


async def test_any_bytes_in_a_real_answer(client: httpx.AsyncClient) -> None:
    await make(client, {"content_base64": b64encode(_BYTES).decode()})
    answer = await client.get(PING, headers=WITH_KEY)
    assert (answer.status_code, answer.content) == (200, _BYTES)
    assert answer.headers.get_list("Content-Type") == ["application/octet-stream"]


async def test_text_is_plain_unless_told_otherwise(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/xml"}
    await make(client, sequence=[{"content": "a"}, {"content": "<a/>", "headers": headers}])
    plain = await client.get(PING, headers=WITH_KEY)
    assert (plain.text, plain.headers["Content-Type"]) == ("a", "text/plain; charset=utf-8")
    own = await client.get(PING, headers=WITH_KEY)
    assert own.headers.get_list("Content-Type") == ["application/xml"]


async def test_content_can_be_cut_short_like_any_body(client: httpx.AsyncClient) -> None:
    await make(client, {"content": '{"a": 1}', "body": "malformed"})
    assert (await client.get(PING, headers=WITH_KEY)).content == b'{"a"'


@pytest.mark.parametrize("status", [201, 204, 205, 304])
async def test_what_is_no_error_is_empty(client: httpx.AsyncClient, status: int) -> None:
    await make(client, {"status": status})
    answer = await client.get(PING, headers=WITH_KEY)
    assert (answer.status_code, answer.content) == (status, b"")
    assert "Content-Type" not in answer.headers
    assert ("Content-Length" in answer.headers) == (status in (201, 205))


def test_over_a_socket_the_connection_goes_on(http: httpx.Client) -> None:
    elsewhere = {"Location": f"{PING}?moved"}
    make_over(
        http,
        sequence=[
            {"status": 307, "headers": elsewhere},
            None,
            {"status": 304},
            {"status": 204},
            {"status": 200, "content": _PAGE},
        ],
    )
    followed = http.get(PING, follow_redirects=True)
    assert (followed.status_code, followed.url.query) == (200, b"moved")
    answers = [http.get(PING) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [304, 204, 200, 200]
    assert [answer.text for answer in answers[:3]] == ["", "", _PAGE]
