"""The list of requests without a browser: what is found, and what it costs."""

import re

import httpx
import pytest

from alfred_mock.control.console.entries import wanted_of
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.control.streams import listening
from tests.support import COMPANY, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

ROWS = "/__admin/console/requests/rows"


async def _paths(client: httpx.AsyncClient, q: str, **query: str) -> list[str]:
    page = await client.get(ROWS, params={"q": q, **query})
    assert page.status_code == 200, page.text
    return re.findall(r'<a href="/__admin/console/requests/\d+[^>]*>([^<]*)', page.text)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["/api/nowhere", "/a_b/100%", "/API/tagshelf/ping", "/api/tagshelf/ping"]),
        ("PING", ["/API/tagshelf/ping", "/api/tagshelf/ping"]),
        ("ping 2xx", ["/api/tagshelf/ping"]),
        ("post", ["/a_b/100%"]),
        ("404", ["/api/nowhere", "/a_b/100%", "/API/tagshelf/ping"]),
        ("%", ["/a_b/100%"]),
        ("a_b", ["/a_b/100%"]),
        ("\\", []),
        ("'", []),
        ("nearest api/nowhere", ["/api/nowhere"]),
        ("a b c d e ignored-beyond-five", []),
    ],
)
async def test_each_word_must_be_found(
    client: httpx.AsyncClient, typed: str, found: list[str]
) -> None:
    await client.get("/api/tagshelf/ping", headers=WITH_KEY)
    await client.get("/API/tagshelf/ping")
    await client.post("/a_b/100%25")
    await client.get("/api/nowhere")
    assert await _paths(client, typed) == found


def test_so_many_words_are_looked_for() -> None:
    assert len(wanted_of(None, "a " * 100).words) == 5
    assert len(wanted_of(None, "a" * 1_000).words[0]) == 200


async def test_rows_of_other_companies_are_left_out(client: httpx.AsyncClient) -> None:
    await client.get("/own", headers=WITH_KEY)
    await client.get("/nobodys")
    assert await _paths(client, "", company=COMPANY) == ["/own"]
    assert (await client.get(ROWS, params={"company": "nonsense"})).status_code == 404


async def test_new_rows_are_escaped_and_come_once(client: httpx.AsyncClient, app: object) -> None:
    stream = "/__admin/console/requests/stream"
    await client.get("/before")
    async with listening(app, stream, q="script", after="0") as following:  # type: ignore[arg-type]
        status, _ = await following.begun()
        assert status == 200
        await client.get("/<script>alert(1)</script>")
        told = await following.next()
        assert (told.name, told.data.count("<tr ")) == ("rows", 1)
        assert "<script" not in told.data
        assert "&lt;script&gt;" in told.data


async def test_where_the_journal_is_off_the_page_says_so() -> None:
    settings = Settings(_env_file=None, database_url="sqlite:///:memory:", journal="off")
    async with application(create_app(settings)) as app, client_of(app) as client:
        page = await client.get("/__admin/")
        assert (page.status_code, "ALFRED_MOCK_JOURNAL=on" in page.text) == (200, True)


async def test_one_request_and_a_list_can_be_downloaded(client: httpx.AsyncClient) -> None:
    for path in ("/one", "/two"):
        await client.get(path)
    [_, second] = (await client.get("/__admin/requests")).json()["requests"]
    all_of_them = await client.get("/__admin/console/requests/har", params={"q": "/two"})
    one = await client.get(f"/__admin/console/requests/{second['number']}/har")
    for answer in (all_of_them, one):
        assert "attachment" in answer.headers["Content-Disposition"]
        [entry] = answer.json()["log"]["entries"]
        assert entry["request"]["url"].endswith("/two")
    for number in (second["number"] + 1, 10**30):
        gone = await client.get(f"/__admin/console/requests/{number}")
        assert (gone.status_code, "There is no such request" in gone.text) == (404, True)
