"""Who gets to the console, and what a browser is told about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from alfred_mock.control.browsers import (
    COOKIE,
    COOKIE_SECONDS,
    Holder,
    cookie_of,
    holder_of_cookie,
    holder_of_token,
)
from alfred_mock.control.company_tokens import token_of
from alfred_mock.control.console import login
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

HOME, LOGIN, LOGOUT = "/__admin/", "/__admin/console/login", "/__admin/console/logout"
TOKEN = "only-for-testers"
PAGE = {"Accept": "text/html,application/xhtml+xml"}
OWN = {"Origin": "http://alfred.test"}
OTHER = {"Origin": "https://evil.example.com"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@asynccontextmanager
async def _client(**settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    made = Settings(_env_file=None, database_url="sqlite:///:memory:", **settings)
    async with application(create_app(made)) as app, client_of(app) as client:
        yield client


async def _logged_in(client: httpx.AsyncClient, token: str = TOKEN) -> None:
    answer = await client.post(LOGIN, data={"token": token}, headers=OWN)
    assert answer.status_code == 303, answer.text


async def test_the_root_leads_browsers_there_and_nobody_else() -> None:
    async with _client() as client:
        led = await client.get("/", headers=PAGE)
        assert (led.status_code, led.headers["Location"]) == (307, HOME)
        for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
            answer = await client.get("/", headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")
        assert (await client.post("/", headers=PAGE)).status_code == 404
        paths = (await client.get("/__admin/requests")).json()["requests"]
        assert [entry["path"] for entry in paths] == ["/"] * 4  # as for every unknown path


async def test_where_the_control_api_is_off_the_root_is_as_it_was() -> None:
    async with _client(host="192.168.0.7") as client:
        assert (await client.get("/", headers=PAGE)).status_code == 404
        assert "The control API is off" in (await client.get(HOME, headers=PAGE)).text


@pytest.mark.parametrize("path", ["/__admin", "/__admin/console"])
async def test_other_beginnings_lead_to_the_first_page(path: str) -> None:
    async with _client() as client:
        led = await client.get(path)
        assert (led.status_code, led.headers["Location"]) == (307, HOME)


async def test_every_page_has_one_policy_that_lets_nothing_in() -> None:
    async with _client() as client:
        for path in (HOME, "/__admin/console/nowhere"):
            answer = await client.get(path, headers=PAGE)
            [policy] = answer.headers.get_list("content-security-policy")
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_without_a_log_in_a_browser_is_led_to_it_and_others_are_refused() -> None:
    async with _client(admin_token=TOKEN) as client:
        assert (await client.get(HOME, headers=PAGE)).headers["Location"] == LOGIN
        deep = await client.get("/__admin/console/requests/7?company=x", headers=PAGE)
        assert deep.status_code == 303
        assert deep.headers["Location"].endswith(
            "?next=%2F__admin%2Fconsole%2Frequests%2F7%3Fcompany%3Dx"
        )
        piece = await client.get("/__admin/console/requests/rows", headers={"HX-Request": "true"})
        assert (piece.status_code, piece.headers["HX-Redirect"]) == (401, LOGIN)
        assert (await client.get("/__admin/console/requests/stream")).status_code == 401
        assert (await client.get("/__admin/requests", headers=PAGE)).json()["error"]
        assert (await client.get(LOGIN)).status_code == 200


async def test_a_log_in_is_good_for_pages_and_calls_until_the_log_out() -> None:
    async with _client(admin_token=TOKEN) as client:
        wanted = {"token": f" {TOKEN} ", "next": "/__admin/console/requests/7"}
        answer = await client.post(LOGIN, data=wanted, headers=OWN)
        assert (answer.status_code, answer.headers["Location"]) == (303, wanted["next"])
        cookie = answer.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=strict", "Path=/__admin", f"Max-Age={COOKIE_SECONDS}"):
            assert part in cookie
        assert "Secure" not in cookie
        assert TOKEN not in cookie
        assert "Log out" in (await client.get(HOME)).text
        assert (await client.get("/__admin/requests")).status_code == 200
        assert (await client.post(LOGOUT, headers=OWN)).status_code == 303
        assert (await client.get(HOME, headers=PAGE)).headers["Location"] == LOGIN


@pytest.mark.parametrize("target", ["//evil.example.com/", "https://evil.example.com", "/api", ""])
async def test_a_log_in_leads_nowhere_else(target: str) -> None:
    async with _client(admin_token=TOKEN) as client:
        given = {"token": TOKEN, "next": target}
        answer = await client.post(LOGIN, data=given, headers=OWN)
        assert answer.headers["Location"] == HOME


async def test_behind_https_the_cookie_is_for_https_only() -> None:
    async with _client(admin_token=TOKEN, public_url="https://alfred.example.com") as client:
        answer = await client.post(LOGIN, data={"token": TOKEN}, headers=OWN)
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_a_wrong_token_is_told_and_a_few_a_minute_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(login, "ATTEMPTS", 2)
    async with _client(admin_token=TOKEN) as client:
        for token in ("wrong", "", "ünicode", TOKEN[:-1])[:2]:
            answer = await client.post(LOGIN, data={"token": token}, headers=OWN)
            assert (answer.status_code, "This is not the token." in answer.text) == (403, True)
            assert "Set-Cookie" not in answer.headers
        answer = await client.post(LOGIN, data={"token": TOKEN}, headers=OWN)
        assert (answer.status_code, "Wait a minute" in answer.text) == (429, True)


@pytest.mark.parametrize("body", [b"", b"token", b"token=%ff%fe", b"token=%ed%a0%80", b"\xff"])
async def test_a_form_that_is_none_is_a_wrong_token(body: bytes) -> None:
    async with _client(admin_token=TOKEN) as client:
        headers = {**OWN, "Content-Type": "application/x-www-form-urlencoded"}
        assert (await client.post(LOGIN, content=body, headers=headers)).status_code == 403


async def test_what_changes_something_must_come_from_an_own_page() -> None:
    async with _client(admin_token=TOKEN) as client:
        for headers in ({}, OTHER, {"Origin": "null"}):
            answer = await client.post(LOGIN, data={"token": TOKEN}, headers=headers)
            assert answer.status_code == 403
        await _logged_in(client)
        for headers in ({}, OTHER, {"Origin": "null"}):
            assert (await client.post(LOGOUT, headers=headers)).status_code == 403
            assert (await client.delete("/__admin/requests", headers=headers)).status_code == 403
        assert (await client.delete("/__admin/requests", headers=OWN)).status_code == 200
        # Whoever has the token needs no page.
        client.cookies.clear()
        assert (await client.delete("/__admin/requests", headers=BEARER)).status_code == 200


async def test_a_listed_origin_may_call_but_not_send_forms() -> None:
    async with _client(admin_origins=(OTHER["Origin"],)) as client:
        assert (await client.delete("/__admin/requests", headers=OTHER)).status_code == 200
        assert (await client.post(LOGOUT, headers=OTHER)).status_code == 403


@pytest.mark.parametrize(
    ("mode", "destination", "status"),
    [
        ("navigate", "document", 200),
        ("navigate", "iframe", 403),
        ("no-cors", "script", 403),
        ("cors", "empty", 403),
    ],
)
async def test_a_link_elsewhere_opens_a_page_and_nothing_else_does(
    mode: str, destination: str, status: int
) -> None:
    headers = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": mode,
        "Sec-Fetch-Dest": destination,
    }
    async with _client() as client:
        assert (await client.get(HOME, headers=headers)).status_code == status
        for path in ("/__admin/requests", "/__admin/requests/stream"):
            assert (await client.get(path, headers=headers)).status_code == 403


async def test_the_token_of_a_company_shows_that_company_alone() -> None:
    async with _client(admin_token=TOKEN) as client:
        other = (await client.post("/__admin/companies", headers=BEARER)).json()
        for key in (other["api_key"], WITH_KEY["X-TagshelfAPI-Key"]):
            await client.get("/api/tagshelf/ping", headers={"X-TagshelfAPI-Key": key})
        await client.get("/nobodys")
        await _logged_in(client, token_of(COMPANY, TOKEN))
        page = (await client.get(HOME)).text
        assert page.count("<tr data-number") == 1
        assert other["id"] not in page
        entries = (await client.get("/__admin/requests", headers=BEARER)).json()["requests"]
        seen = [
            (await client.get(f"/__admin/console/requests/{entry['number']}")).status_code
            for entry in entries
        ]
        assert seen == [404, 200, 404]
        for path in (f"?company={other['id']}", f"?company={UNKNOWN_ID}"):
            assert (await client.get(HOME + path)).status_code == 403
        assert (await client.get("/__admin/requests")).status_code == 403
        own = await client.get("/__admin/requests", params={"company": COMPANY})
        assert own.status_code == 200


def test_a_cookie_is_good_for_its_holder_token_and_time() -> None:
    for holder in (Holder(None), Holder(COMPANY)):
        cookie = cookie_of(holder, TOKEN, 1_000_000)
        assert holder_of_cookie(cookie, TOKEN, 1_000_000) == holder
        assert holder_of_cookie(cookie, "another-token", 1_000_000) is None
        assert holder_of_cookie(cookie, TOKEN, 1_000_000 + COOKIE_SECONDS * 1_000) is None
        for spoilt in (
            cookie[:-1],
            f"x{cookie}",
            cookie.replace(".", ".1", 1),
            "",
            "..",
            cookie * 9,
        ):
            assert holder_of_cookie(spoilt, TOKEN, 1_000_000) is None


def test_a_cookie_for_a_company_is_not_one_for_all() -> None:
    cookie = cookie_of(Holder(COMPANY), TOKEN, 0).replace(COMPANY, "all")
    assert holder_of_cookie(cookie, TOKEN, 0) is None


def test_whose_a_token_is() -> None:
    assert holder_of_token(TOKEN, TOKEN) == Holder(None)
    assert holder_of_token(token_of(COMPANY, TOKEN), TOKEN) == Holder(COMPANY)
    assert holder_of_token("wrong", TOKEN) is None


@pytest.mark.parametrize("cookie", ["x", f"{COOKIE}=x.y.z", f"{COOKIE}=", 'a="; b', f"{COOKIE}=ü"])
async def test_a_cookie_that_is_none_is_no_log_in(cookie: str) -> None:
    async with _client(admin_token=TOKEN) as client:
        headers = {"Cookie": cookie.encode("latin-1")}
        assert (await client.get("/__admin/requests", headers=headers)).status_code == 401  # type: ignore[arg-type]
