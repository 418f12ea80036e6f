"""The pages of the OpenAPI documents: all that they load is in the package, and may be loaded."""

import gzip
import hashlib
import json
import re

import httpx
import pytest

from alfred_mock.core.openapi.pages import (
    REDOC_FILES,
    SWAGGER_FILES,
    paths_of_redoc,
    paths_of_swagger,
)
from alfred_mock.core.openapi.pages.serving import read_file
from alfred_mock.core.settings import Settings
from tests.packaging import vendor

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-tests"
PAGES = ["/docs", "/redoc", "/__admin/docs"]
FILES = [
    *(f"/docs/files/{name}" for name in SWAGGER_FILES),
    *(f"/redoc/files/{name}" for name in REDOC_FILES),
    *(f"/__admin/docs/files/{name}" for name in SWAGGER_FILES),
]


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url, admin_token=TOKEN)


@pytest.mark.parametrize("path", PAGES)
async def test_all_that_a_page_names_is_here(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) >= 3
    for url in named:
        if url != "data:,":
            assert (await client.get(page.url.join(url))).status_code == 200, url


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_may_run_nothing_inline_and_load_nothing_from_elsewhere(
    client: httpx.AsyncClient, path: str
) -> None:
    page = await client.get(path)
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "//" not in policy
    assert "script-src 'self';" in policy
    assert not re.findall(r"<script>|<style|//", page.text)


async def test_a_page_names_what_it_shows(client: httpx.AsyncClient) -> None:
    assert "<title>Alfred - Swagger UI</title>" in (await client.get("/docs")).text
    page = await client.get("/__admin/docs")
    assert "<title>alfred-mock control - Swagger UI</title>" in page.text


@pytest.mark.parametrize("path", FILES)
async def test_a_file_is_sent_compressed_to_who_takes_it(
    client: httpx.AsyncClient, path: str
) -> None:
    compressed = await client.get(path, headers={"Accept-Encoding": "br;q=1, gzip;q=0.5"})
    plain = await client.get(path, headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert compressed.content == plain.content != b""
    assert int(compressed.headers["Content-Length"]) < len(plain.content) + 30
    assert compressed.headers["ETag"] != plain.headers["ETag"]
    assert compressed.headers["Vary"] == "Accept-Encoding"
    kind = "text/css" if path.endswith("css") else "text/javascript"
    assert plain.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_browser_that_has_a_file_is_told_so(client: httpx.AsyncClient) -> None:
    first = await client.get("/docs/files/swagger.js")
    assert first.headers["Cache-Control"] == "no-cache"
    etag = first.headers["ETag"]
    again = await client.get("/docs/files/swagger.js", headers={"If-None-Match": f'"x", {etag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    other = await client.get("/docs/files/swagger.js", headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


@pytest.mark.parametrize("name", ["nothing.js", "vendored.json", "redoc.js", "..%2Fserving.py"])
async def test_nothing_else_is_sent(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/docs/files/{name}")
    assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")


async def test_a_page_of_control_and_its_files_need_no_token(client: httpx.AsyncClient) -> None:
    for path in paths_of_swagger("/__admin/docs"):
        assert (await client.get(path)).status_code == 200, path
    assert (await client.get("/__admin/docs/files/nothing.js")).status_code == 401
    assert (await client.get("/__admin/clock")).status_code == 401


async def test_no_other_site_may_load_them(client: httpx.AsyncClient) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = await client.get("/__admin/docs/files/swagger.js", headers=foreign)
    assert answer.status_code == 403


async def test_no_fault_reaches_them_and_the_journal_does_not_have_them(
    client: httpx.AsyncClient,
) -> None:
    admin = {"Authorization": f"Bearer {TOKEN}"}
    await client.post("/__admin/faults", json={"effect": {"status": 503}}, headers=admin)
    paths = [*paths_of_swagger("/docs"), *paths_of_redoc("/redoc")]
    assert [(await client.get(path)).status_code for path in paths] == [200] * len(paths)
    journal = (await client.get("/__admin/requests", headers=admin)).json()
    assert journal["requests"] == []


def test_what_others_made_is_as_it_was_recorded() -> None:
    record = json.loads(vendor.RECORD.read_text("utf-8"))
    assert {name: each["version"] for name, each in record.items()} == {
        package.name: package.version for package in vendor.PACKAGES
    }
    hashes = {name: sha for each in record.values() for name, sha in each["sha256"].items()}
    kept = {path.name.removesuffix(".gz"): path for path in vendor.FOLDER.glob("*.gz")}
    assert kept.keys() == hashes.keys()
    for name, path in kept.items():
        content = gzip.decompress(path.read_bytes())
        assert hashlib.sha256(content).hexdigest() == hashes[name], name
        assert read_file(name).plain == content


def test_what_others_made_has_its_licences() -> None:
    for package in vendor.PACKAGES:
        for licence in package.licences:
            path = vendor.FOLDER / f"{package.name}.{licence.rpartition('/')[2]}"
            assert path.read_text("utf-8").strip()
