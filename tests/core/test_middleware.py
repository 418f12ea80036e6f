"""What every answer carries, whatever it answers."""

import time

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.database import patience
from alfred_mock.main import Application
from tests.support import API_KEY, LOGIN, UNKNOWN_ID, WITH_KEY, client_of

pytestmark = pytest.mark.anyio

_EVERY_KIND = [
    ("POST", "/api/deferred/create", 200),
    ("GET", f"/api/deferred/detail/{UNKNOWN_ID}", 404),
    ("GET", "/api/deferred/detail/no-uuid", 400),
    ("POST", "/token", 400),
    ("GET", "/nowhere", 404),
    ("DELETE", "/token", 405),
    ("GET", "/livez", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/docs", 200),
    ("GET", "/boom", 500),
]


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url, rate_limit=1234)


@pytest.mark.parametrize(("method", "path", "status"), _EVERY_KIND)
async def test_every_answer_has_the_three_rate_limit_headers_as_integers(
    app: Application, client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    app.add_api_route("/boom", _boom)
    before = time.time()
    answer = await client.request(method, path, headers=WITH_KEY)
    assert answer.status_code == status
    assert answer.headers["X-RateLimit-Limit"] == "1234"
    assert answer.headers["X-RateLimit-Remaining"] == "1234"
    assert before < int(answer.headers["X-RateLimit-Reset"]) <= time.time() + 60


async def _boom() -> None:
    raise ZeroDivisionError("secret detail")


async def test_an_unexpected_error_is_told_in_the_documented_shape_without_its_cause(
    app: Application, client: httpx.AsyncClient
) -> None:
    app.add_api_route("/boom", _boom)
    answer = await client.get("/boom")
    assert answer.status_code == 500
    assert answer.json()["error"] == "Internal Server Error"
    assert "secret" not in answer.text


async def test_a_request_id_comes_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/livez", headers={"X-Request-ID": "from-the-client/1"})
    assert answer.headers["X-Request-ID"] == "from-the-client/1"


async def test_each_request_without_an_id_gets_one_of_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/livez")).headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("unusable", ["x" * 129, "two words", "a\tb"])
async def test_an_unusable_request_id_is_replaced(client: httpx.AsyncClient, unusable: str) -> None:
    answer = await client.get("/livez", headers={"X-Request-ID": unusable})
    assert answer.headers["X-Request-ID"] != unusable


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/__admin/docs"])
async def test_a_page_is_protected(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    (policy,) = page.headers.get_list("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


async def test_an_answer_that_is_no_page_has_no_policy(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/tagshelf/ping", headers=WITH_KEY)
    assert "Content-Security-Policy" not in answer.headers


class TestAccessLog:
    """The access log, which is off unless asked for."""

    @pytest.fixture
    def settings(self, sqlite_url: str) -> Settings:
        return Settings(_env_file=None, database_url=sqlite_url, access_log=True)

    async def test_a_line_says_what_was_asked_and_answered(
        self, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", "alfred_mock.access")
        await client.get("/livez", headers={"X-Request-ID": "abc"})
        assert caplog.messages[-1].startswith("abc GET /livez 200 ")

    async def test_no_secret_is_logged(
        self, app: Application, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        async with client_of(app) as client:
            token = (await client.post("/token", data=LOGIN)).json()["access_token"]
            await client.post("/api/deferred/create", headers={"Authorization": f"Bearer {token}"})
            await client.post("/api/deferred/create", headers=WITH_KEY)
            await client.post("/api/deferred/create", headers={"Authorization": "Bearer hush"})
            await client.post("/api/deferred/create", headers={"X-TagshelfAPI-Key": "hush"})
            await client.post("/token", data={**LOGIN, "password": "hush"})
        logged = "\n".join(caplog.messages)
        assert "401" in logged
        for secret in (token, API_KEY, LOGIN["password"], "hush"):
            assert secret not in logged

    async def test_neither_query_nor_key_in_the_path_is_logged(
        self, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", "alfred_mock.access")
        await client.get("/livez?api_key=hush")
        await client.get(f"/api/{API_KEY}/x")
        lines = [line for line in caplog.messages if " GET /" in line]
        assert [line.split()[2] for line in lines] == ["/livez", "/api/***/x"]

    async def test_a_refusal_says_why_only_in_the_log(
        self, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO", "alfred_mock.access")
        answer = await client.get("/api/tagshelf/ping", headers={"X-TagshelfAPI-Key": "wrong"})
        assert "no company has this API key" in caplog.messages[-1]
        assert "no company" not in answer.text


async def test_the_time_of_a_request_ends_with_it(client: httpx.AsyncClient) -> None:
    await client.get("/livez")
    # Over ASGI the application runs in the task of its caller, which goes on.
    assert patience.current() is not patience.current()
