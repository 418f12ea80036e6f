"""No secret leaves by any door: each is sent in every place, all that is written is searched."""

import base64
import io
import json
import logging
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.auth.vectors import amx
from tests.control.journal.calls import JOURNAL

pytestmark = pytest.mark.anyio

ADMIN_TOKEN = "canary-of-all-companies-0"
ADMIN = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
PING = "/api/tagshelf/ping"
NAMES = ["password", "api_key", "ApiKey", "access-token", "clientSecret", "q", "x.note"]
HEADERS = ["X-API-Key", "X-Key", "Api-Token", "Cookie", "X-Note", "X-Auth", "Proxy-Authorization"]


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        _env_file=None, database_url=database_url, admin_token=ADMIN_TOKEN, access_log=True
    )


async def _secrets(client: httpx.AsyncClient) -> dict[str, str]:
    """A company's secrets, which nothing else can be mistaken for."""
    made = (await client.post("/__admin/companies", headers=ADMIN)).json()
    login = {"grant_type": "password", "username": made["user"]["user_name"]}
    login["password"] = made["user"]["password"]
    granted = (await client.post("/token", data=login)).json()
    return {
        "api_key": made["api_key"],
        "password": made["user"]["password"],
        "hmac_key": made["hmac"]["key"],
        "access_token": granted["access_token"],
        "admin_token": ADMIN_TOKEN,
        "company_token": made["admin_token"],
    }


def _bodies(name: str, secret: str) -> list[dict[str, Any]]:
    nested = json.dumps({"a": [{name: secret}], "b": json.dumps({name: secret})})
    return [
        {"data": {name: secret, "grant_type": "password"}},
        {"json": {name: secret, "username": "somebody"}},
        {"content": nested},
        {"content": nested[:-4]},
        {"files": {name: (None, secret)}},
        {"files": {"metadata": (None, nested), "file": ("a.txt", b"x")}},
        {"content": quote(f"{name}={secret}", safe="=")},
    ]


async def _send_through_every_door(
    client: httpx.AsyncClient, secret: str, known: dict[str, str]
) -> list[httpx.Response]:
    in_base64 = base64.b64encode(secret.encode()).decode()
    user_info = f"https://somebody:{quote(secret, safe='')}@example.com/"
    credentials = [
        {"Authorization": secret},
        {"Authorization": f"Bearer {secret}"},
        {"Authorization": f"Basic {in_base64}"},
        {"Authorization": f"ApiKey {secret}"},
        {"Authorization": amx(secret, "a2V5", "GET", "http://x/", nonce="n", timestamp=1)},
        {"Authorization": amx("id", "a2V5", "GET", "http://x/", nonce=secret, timestamp=1)},
        {"X-TagshelfAPI-Key": secret},
    ]
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", PING, {"headers": headers}) for headers in credentials
    ]
    for caller in ({}, known):
        calls += [("GET", PING, {"headers": {**caller, name: secret}}) for name in HEADERS]
        for value in (f"https://example.com/?api_key={secret}", user_info):
            calls.append(("GET", PING, {"headers": {**caller, "Referer": value}}))
        calls += [("GET", PING, {"params": {n: secret}, "headers": caller}) for n in NAMES]
        for name in ("ApiKey", "note"):
            for path in ("/token", "/api/deferred/create", "/nowhere"):
                for body in _bodies(name, secret):
                    calls.append(("POST", path, {**body, "headers": caller}))
        for path in (f"/{quote(secret, safe='')}", f"/api/file/detail/{quote(secret, safe='')}"):
            calls.append(("GET", path, {"headers": caller}))
        upload = {"url": user_info, "session_id": secret}
        calls.append(("POST", "/api/file/upload", {"json": upload, "headers": caller}))
    # One that is signed over a URL with the secret in it, wrongly.
    url = f"http://alfred.test{PING}"
    wrong = {"Authorization": amx("id", "a2V5", "GET", url, nonce="n", timestamp=1)}
    calls.append(("GET", PING, {"params": {"api_key": secret}, "headers": wrong}))
    return [await client.request(method, path, **given) for method, path, given in calls]


async def test_each_secret_is_sent_through_every_door_and_found_nowhere(
    app: Application, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger("alfred_mock")
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)
    try:
        secrets = await _secrets(client)
        known = {"X-TagshelfAPI-Key": secrets["api_key"]}
        headers: list[str] = []
        for secret in secrets.values():
            for answer in await _send_through_every_door(client, secret, known):
                assert answer.status_code < 500
                headers.append(repr(answer.headers))
        written = {"log": log.getvalue(), "headers": "".join(headers)}
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    for path in (JOURNAL, f"{JOURNAL}/har"):
        answer = await client.get(path, headers=ADMIN, params={"limit": 1_000})
        written[path] = answer.text
        assert answer.status_code == 200, answer.text
    assert "POST /token" in written["log"]
    found = [
        (name, door, text[max(at - 60, 0) : at + 60])
        for name, secret in secrets.items()
        for door, text in written.items()
        for spelling in (secret, quote(secret, safe=""))
        if (at := text.find(spelling)) >= 0
    ]
    assert found == []
