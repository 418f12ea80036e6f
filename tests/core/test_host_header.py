"""What is no `Host`, and no `Origin`, is refused; it never is a fault of the server's."""

import time
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.support import HMAC_ID, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

NO_HOSTS = [
    b"[",
    b"]",
    b"[::1",
    b"[:::::]",
    b"[v1.x]",
    b"localhost:abc",
    b"localhost:99999",
    b"a:1:2",
    b"a/b",
    b"a@b",
    b"a b",
    b"a\\b",
    b"h\xc3\xb6st",
    b"a" * 301,
    b"a" * 1_000_000,
]
PATHS = ["/api/tagshelf/ping", "/nowhere", "/__admin/clock", "/livez", "/docs", "/token"]


async def _status(app: Application, path: str, headers: list[tuple[bytes, bytes]]) -> int:
    """What is answered to exactly these headers, over ASGI."""
    statuses: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    await app(scope, receive, send)
    return statuses[0]


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_no_host_is_a_bad_request(app: Application, path: str) -> None:
    for host in NO_HOSTS:
        amx = (b"authorization", f"amx {HMAC_ID}:a:b:1".encode())
        assert (host, await _status(app, path, [(b"host", host), amx])) == (host, 400)


@pytest.mark.parametrize("path", PATHS)
async def test_two_hosts_are_a_bad_request_and_none_is_no_fault(
    app: Application, path: str
) -> None:
    assert await _status(app, path, [(b"host", b"localhost"), (b"host", b"localhost")]) == 400
    assert await _status(app, path, []) < 500
    assert await _status(app, "/__admin/clock", []) == 403


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "localhost:",
        "alfred_mock:8000",
        "a-b.example.com.",
        "127.0.0.1:1",
        "[::1]:8000",
        "[::ffff:127.0.0.1]",
        "",
    ],
)
async def test_what_is_a_host_is_accepted(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/api/tagshelf/ping", headers={**WITH_KEY, "Host": host})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "origin", [b"http://[", b"http://[x]", b"null", b"", b"h\xc3\xb6st", b"http://a:abc", b"//["]
)
async def test_what_is_no_origin_is_forbidden(app: Application, origin: bytes) -> None:
    headers = [(b"host", b"localhost"), (b"origin", origin)]
    assert await _status(app, "/__admin/clock", headers) == 403
    assert await _status(app, "/api/tagshelf/status", headers) == 200


async def test_every_origin_must_be_welcome(app: Application) -> None:
    own, foreign = (b"origin", b"http://localhost"), (b"origin", b"http://evil.example.com")
    assert await _status(app, "/__admin/clock", [(b"host", b"localhost"), own]) == 200
    for origins in ([own, foreign], [foreign, own]):
        assert await _status(app, "/__admin/clock", [(b"host", b"localhost"), *origins]) == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-Host", b"["),
        ("X-Forwarded-Host", b"h\xc3\xb6st"),
        ("X-Forwarded-Host", b"a:abc"),
        ("X-Forwarded-Proto", b"//["),
        ("X-Forwarded-Proto", b"gopher"),
        ("X-Forwarded-For", b"[, 1.2.3.400, \xc3\xb6"),
    ],
)
@pytest.mark.parametrize("trusted", [("*",), ()])
async def test_what_a_proxy_forwards_is_no_fault_either(
    sqlite_url: str, name: str, value: bytes, trusted: tuple[str, ...]
) -> None:
    settings = Settings(_env_file=None, database_url=sqlite_url, trusted_proxies=trusted)
    async with application(create_app(settings)) as app, client_of(app) as client:
        for path in ("/api/tagshelf/ping", "/api/tagshelf/who-am-i"):
            amx = f"amx {HMAC_ID}:a:b:{int(time.time())}".encode()
            headers = {name.encode(): value, b"Authorization": amx}
            answer = await client.get(path, headers=headers)
            expected = 400 if trusted and name != "X-Forwarded-For" else 401
            assert answer.status_code == expected
        answer = await client.get(
            "/api/tagshelf/who-am-i",
            headers={**{k.encode(): v.encode() for k, v in WITH_KEY.items()}, name.encode(): value},
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("url", ["http://[", "http://", "https://[x]/", "http:///path"])
def test_a_public_url_has_a_host(url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        Settings(_env_file=None, public_url=url)
