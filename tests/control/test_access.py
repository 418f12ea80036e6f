"""Who gets to the control API."""

import logging
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.support import SECRET_KEY, application, client_of, server_process

pytestmark = pytest.mark.anyio

CLOCK = "/__admin/clock"
TOKEN = "only-for-testers"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def _ask(
    settings: dict[str, Any], headers: dict[str, str] | None = None, method: str = "GET"
) -> httpx.Response:
    app = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:", **settings))
    async with application(app), client_of(app) as client:
        return await client.request(method, CLOCK, headers=headers)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
async def test_on_a_loopback_address_no_token_is_needed(host: str) -> None:
    assert (await _ask({"host": host})).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "alfred.example.com"])  # noqa: S104
async def test_on_any_other_it_is_off_without_one_and_the_log_says_so(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "alfred_mock"):
        answer = await _ask({"host": host}, BEARER)
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "message"}
    said = answer.json()["message"]
    assert said.startswith(f"The control API is off: {host} can be reached by others.")
    assert "ALFRED_MOCK_ADMIN_TOKEN" in said
    assert "ALFRED_MOCK_ADMIN_TOKEN" in caplog.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (BEARER, 200),
        ({"Authorization": f"bearer {TOKEN}"}, 200),
        ({}, 401),
        ({"Authorization": "Bearer only-for-tester"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": "Bearer ünicode"}, 401),
    ],
)
async def test_a_token_that_is_set_must_be_sent(headers: dict[str, str], status: int) -> None:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await _ask({"admin_token": TOKEN, "host": "0.0.0.0"}, encoded)  # type: ignore[arg-type]  # noqa: S104
    assert answer.status_code == status
    if status == 401:
        assert set(answer.json()) == {"error", "message"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/__admin", "/__admin/", "/__admin/docs", "/__admin/x/y"])
async def test_where_it_is_off_every_path_and_method_says_so(path: str, method: str) -> None:
    settings = Settings(_env_file=None, database_url="sqlite:///:memory:", host="192.168.0.7")
    app = create_app(settings)
    async with application(app), client_of(app) as client:
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")
        assert "The control API is off" in answer.json()["message"]
        other = await client.request(method, "/__administrator")
        assert "The control API" not in other.json()["message"]


async def test_with_a_token_its_documentation_is_open_and_names_it() -> None:
    settings = Settings(_env_file=None, database_url="sqlite:///:memory:", admin_token=TOKEN)
    app = create_app(settings)
    async with application(app), client_of(app) as client:
        page = await client.get("/__admin/docs", headers={"Accept": "text/html"})
        assert page.status_code == 200
        document = (await client.get("/__admin/openapi.json")).json()
        assert document["components"]["securitySchemes"]["Token"]["scheme"] == "bearer"
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                assert operation["security"] == [
                    {"Token": []},
                    # Verifiers of contracts have a place for a user and a password only.
                    *([{"TokenAsPassword": []}] if path == "/__admin/pact/states" else []),
                ], (method, path)
                assert {"400", "401", "403"} <= set(operation["responses"]), (method, path)
                answer = await client.request(method, path)
                assert answer.status_code == 401, (method, path)
        assert (await client.post("/__admin/docs")).status_code == 401
        assert TOKEN not in page.text


async def test_without_a_token_the_document_knows_none(client: httpx.AsyncClient) -> None:
    document = (await client.get("/__admin/openapi.json")).json()
    assert "securitySchemes" not in document["components"]
    operation = document["paths"]["/__admin/clock"]["delete"]
    assert {"400", "403"} <= set(operation["responses"])
    assert "401" not in operation["responses"]


async def test_a_page_of_another_origin_is_refused() -> None:
    answer = await _ask({}, {"Origin": "https://evil.example.com"})
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_server_s_own_pages_may_use_it() -> None:
    assert (await _ask({}, {"Origin": "http://alfred.test"})).status_code == 200


async def test_an_origin_that_is_listed_may_use_it() -> None:
    origin = "https://tests.example.com"
    answer = await _ask({"admin_origins": (origin,)}, {"Origin": origin})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == origin


async def test_a_browser_may_ask_beforehand_without_the_token() -> None:
    origin = "https://tests.example.com"
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    settings = {"admin_origins": (origin,), "admin_token": TOKEN}
    answer = await _ask(settings, headers, "OPTIONS")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example.com", 403),
        ("127.0.0.1.evil.example.com", 403),
    ],
)
async def test_without_a_token_the_host_must_be_this_machine(host: str, status: int) -> None:
    assert (await _ask({}, {"Host": host})).status_code == status


@pytest.mark.parametrize(
    "settings",
    [
        {"environment": "staging", "secret_key": SECRET_KEY},
        {"environment": "staging", "secret_key": SECRET_KEY, "uds": "/tmp/alfred.sock"},  # noqa: S108
        {"public_url": "https://alfred.example.com"},
        {"trusted_proxies": ("127.0.0.1",)},
        {"trusted_proxies": ("*",), "uds": "/tmp/alfred.sock"},  # noqa: S108
    ],
    ids=str,
)
async def test_where_others_are_served_it_needs_a_token(
    settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "alfred_mock"):
        assert (await _ask(settings)).status_code == 404
    assert "ALFRED_MOCK_ADMIN_TOKEN" in caplog.text
    assert (await _ask({**settings, "admin_token": TOKEN}, BEARER)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For: 203.0.113.7",
        "x-forwarded-proto: https",
        "X-Forwarded-Host: localhost",
        "X-Forwarded-Client-Cert: abc",
        "Forwarded: for=203.0.113.7",
        "Via: 1.1 proxy",
        "X-Real-IP: 203.0.113.7",
    ],
)
async def test_without_a_token_nothing_that_a_proxy_has_passed_on_is_taken(header: str) -> None:
    name, _, value = header.partition(": ")
    answer = await _ask({}, {name: value, "Host": "127.0.0.1:8000"})
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert "proxy" in answer.json()["message"]
    assert (await _ask({"admin_token": TOKEN}, {name: value, **BEARER})).status_code == 200


def test_what_nginx_passes_on_by_default_is_not_taken() -> None:
    with server_process("--database-url", "sqlite:///:memory:") as server:
        address = urlsplit(server.url)
        for version, status in ((b"1.0", b"403"), (b"1.1", b"200")):
            with socket.create_connection((address.hostname, address.port), 10) as connection:
                head = b"GET %s HTTP/%s\r\nHost: %s\r\nConnection: close\r\n\r\n"
                connection.sendall(head % (CLOCK.encode(), version, address.netloc.encode()))
                assert connection.makefile("rb").readline().split()[1] == status


@pytest.mark.parametrize(
    ("site", "status"),
    [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)],
)
@pytest.mark.parametrize("settings", [{}, {"admin_token": TOKEN}], ids=["open", "token"])
async def test_pages_of_other_sites_may_not_even_read(
    settings: dict[str, Any], site: str, status: int
) -> None:
    answer = await _ask(settings, {**BEARER, "Sec-Fetch-Site": site})
    assert answer.status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://", "Host": ""},
        {"Origin": "", "Host": ""},
        {"Host": ""},
    ],
    ids=str,
)
async def test_an_origin_or_host_that_is_none_is_refused(headers: dict[str, str]) -> None:
    assert (await _ask({}, headers)).status_code == 403


async def test_a_host_that_cannot_be_read_is_a_bad_request() -> None:
    assert (await _ask({}, {"Host": "["})).status_code == 400


async def test_a_listed_origin_may_be_on_another_site() -> None:
    origin = "https://tests.example.com"
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    assert (await _ask({"admin_origins": (origin,)}, headers)).status_code == 200


async def test_it_is_not_in_alfred_s_own_document(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert not [path for path in paths if path.startswith("/__admin")]
    own = (await client.get("/__admin/openapi.json")).json()["paths"]
    assert "/__admin/reset" in own
    assert all(path.startswith("/__admin/") for path in own)


async def test_an_unknown_call_is_told_in_the_usual_shape(client: httpx.AsyncClient) -> None:
    answer = await client.post("/__admin/nowhere")
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "message"}


async def test_a_path_that_only_begins_alike_is_not_meant(client: httpx.AsyncClient) -> None:
    answer = await client.get("/__administrator", headers={"Origin": "https://evil.example.com"})
    assert answer.status_code == 404


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
async def test_a_body_is_json_whatever_its_label_says(
    client: httpx.AsyncClient, content_type: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await client.put(CLOCK, content=b'{"offset_s": 60}', headers=headers)
    assert (answer.status_code, answer.json()["offset_s"]) == (200, 60)
