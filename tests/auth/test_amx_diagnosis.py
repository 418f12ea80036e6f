"""Why a signature was refused: in the journal, not in the answer."""

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Callable
from functools import partial

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.auth.vectors import javascript_encode_uri_component, python_quote
from tests.support import HMAC_ID, HMAC_KEY, ORIGIN, application, client_of

pytestmark = pytest.mark.anyio

PATH = "/api/deferred/create"
TARGET = f"{PATH}?A=B"
BODY = b'{"a": 1}'
TOKEN = "for-the-journal"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
RIGHT = "the amx signature is right for "


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body).digest()).decode()  # noqa: S324


def _signed(
    *,
    method: str = "POST",
    url: str = ORIGIN + TARGET,
    encode: Callable[[str], str] = lambda url: python_quote(url).lower(),
    body_hash: str = _md5(BODY),
    key: bytes = base64.b64decode(HMAC_KEY),
    spell: Callable[[bytes], str] = lambda mac: base64.b64encode(mac).decode(),
) -> str:
    nonce, timestamp = str(uuid.uuid4()), int(time.time())
    raw = f"{HMAC_ID}{method}{encode(url)}{timestamp}{nonce}{body_hash}"
    return f"amx {HMAC_ID}:{spell(hmac.digest(key, raw.encode(), 'sha256'))}:{nonce}:{timestamp}"


async def _reason(client: httpx.AsyncClient, credentials: str, body: bytes = BODY) -> str:
    answer = await client.post(TARGET, headers={"Authorization": credentials}, content=body)
    assert answer.status_code == 401
    assert answer.json()["message"] == "Authorization has been denied for this request."
    answer = await client.get("/__admin/requests", params={"limit": 1}, headers=ADMIN)
    newest = answer.json()["requests"][0]
    reason: str = newest["reason"]
    assert HMAC_KEY not in reason
    return reason


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url, admin_token=TOKEN)


async def test_the_right_one_is_accepted(client: httpx.AsyncClient) -> None:
    answer = await client.post(TARGET, headers={"Authorization": _signed()}, content=BODY)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("sign", "mistake"),
    [
        (partial(_signed, encode=python_quote), "a URL that was not lower-cased"),
        (
            partial(_signed, encode=javascript_encode_uri_component),
            "a URL that was not lower-cased",
        ),
        (partial(_signed, encode=str.lower), "a URL that was not percent-encoded"),
        (partial(_signed, encode=str), "a URL that was neither percent-encoded nor lower-cased"),
        (partial(_signed, url=f"https://alfred.test{TARGET}"), "https instead of http"),
        (
            partial(_signed, url=ORIGIN + TARGET.removeprefix("/")),
            "a URL without the slash between host and path",
        ),
        (partial(_signed, url=f"{ORIGIN}{PATH}/?A=B"), "a URL with a slash at its end"),
        (partial(_signed, url=ORIGIN + PATH), "a URL without the query"),
        (partial(_signed, url=f"http://alfred.test:80{TARGET}"), "a host with the port 80"),
        (partial(_signed, method="post"), "a lower-case method"),
        (partial(_signed, body_hash=""), "an empty body"),
        (
            partial(_signed, body_hash=hashlib.md5(BODY).hexdigest()),  # noqa: S324
            "the body's MD5 as hex, where base64 is expected",
        ),
        (partial(_signed, key=HMAC_KEY.encode()), "a key that was not base64-decoded"),
        (partial(_signed, spell=bytes.hex), "a signature as hex, where base64 is expected"),
        (
            partial(_signed, encode=python_quote, method="post"),
            "a URL that was not lower-cased and a lower-case method",
        ),
        (
            partial(_signed, url=ORIGIN + TARGET.removeprefix("/"), body_hash=""),
            "a URL without the slash between host and path and an empty body",
        ),
        (
            partial(_signed, key=HMAC_KEY.encode(), spell=bytes.hex),
            "a key that was not base64-decoded and a signature as hex, where base64 is expected",
        ),
    ],
)
async def test_the_mistake_is_named(
    client: httpx.AsyncClient, sign: Callable[[], str], mistake: str
) -> None:
    assert await _reason(client, sign()) == RIGHT + mistake


async def test_the_hash_of_an_empty_body_is_a_mistake(client: httpx.AsyncClient) -> None:
    credentials = _signed(body_hash=_md5(b""))
    reason = await _reason(client, credentials, body=b"")
    assert reason == f"{RIGHT}the MD5 of an empty body, where nothing is expected"


async def test_anything_else_is_told_what_it_should_have_signed(client: httpx.AsyncClient) -> None:
    credentials = _signed(url="http://elsewhere/", method="PUT")
    _, _, nonce, timestamp = credentials.split(":")
    encoded = "http%3a%2f%2falfred.test%2fapi%2fdeferred%2fcreate%3fa%3db"
    assert await _reason(client, credentials) == (
        f"the amx signature is not over POST {ORIGIN}{TARGET}, body hash {_md5(BODY)}; the text"
        f" to sign is {HMAC_ID}POST{encoded}{timestamp}{nonce}{_md5(BODY)}"
    )


@pytest.mark.parametrize(
    ("credentials", "what"),
    [
        ("amx a:b:c", "it has 3 parts"),
        ("amx a:b::1", "a part is empty"),
        ("amx a:b:c:1700000000000", "the timestamp is in milliseconds, where seconds are expected"),
        ("amx a:b:c:soon", "the timestamp is no number of unix seconds, or the nonce is too long"),
    ],
)
async def test_a_header_that_is_none_is_told_why(
    client: httpx.AsyncClient, credentials: str, what: str
) -> None:
    expected = "the amx header is not <id>:<signature>:<nonce>:<timestamp>"
    assert await _reason(client, credentials) == f"{expected}: {what}"


async def test_a_public_url_that_the_client_does_not_know(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"public_url": "https://public.test/x"}))
    async with application(app), client_of(app) as client:
        reason = await _reason(client, _signed())
    assert reason == f"{RIGHT}{ORIGIN}, the Host header, which is not the public URL"


async def test_a_proxy_that_is_not_trusted(client: httpx.AsyncClient) -> None:
    client.headers.update({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "public.test"})
    reason = await _reason(client, _signed(url=f"https://public.test{TARGET}"))
    assert reason == (
        f"{RIGHT}https://public.test, which the X-Forwarded headers say and"
        " ALFRED_MOCK_TRUSTED_PROXIES does not believe"
    )


async def test_no_secret_of_the_url_is_in_it(client: httpx.AsyncClient) -> None:
    target = f"{ORIGIN}{PATH}?api_key=hush-hush&b=2"
    headers = {"Authorization": _signed()}
    assert (await client.post(target, headers=headers, content=BODY)).status_code == 401
    answer = await client.get("/__admin/requests", params={"limit": 1}, headers=ADMIN)
    reason = answer.json()["requests"][0]["reason"]
    assert "the text to sign is" in reason
    assert "b%3d2" in reason
    assert "hush" not in reason


async def test_a_long_url_is_not_searched_for_mistakes(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": _signed()}
    await client.post(f"{TARGET}{'%41' * 1_000}", headers=headers, content=BODY)
    answer = await client.get("/__admin/requests", params={"limit": 1}, headers=ADMIN)
    reason = answer.json()["requests"][0]["reason"]
    assert reason.startswith("the amx signature is not over POST and a URL of 30")


@pytest.mark.parametrize("timestamp", ["0", "01600000000"])
async def test_a_timestamp_with_zeros(client: httpx.AsyncClient, timestamp: str) -> None:
    reason = await _reason(client, f"amx {HMAC_ID}:c2ln:nonce:{timestamp}")
    assert reason.endswith("the timestamp begins with a zero")
