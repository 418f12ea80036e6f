"""No secret gets into the journal, wherever a client has put it."""

import time
from typing import Any

import httpx
import pytest

from alfred_mock.control.journal.masking import headers_json, masked_login
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.core.masking import masked
from alfred_mock.database import Statement
from alfred_mock.main import Application
from alfred_mock.tables import metadata
from tests.auth.vectors import amx
from tests.control.journal.calls import journal, last
from tests.support import API_KEY, HMAC_ID, HMAC_KEY, LOGIN, ORIGIN, PASSWORD, WITH_KEY

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"


def _signed(public_id: str = HMAC_ID, key: str = HMAC_KEY, **changed: Any) -> str:
    values: dict[str, Any] = {"nonce": "the-nonce", "timestamp": int(time.time()), **changed}
    return amx(public_id, key, "GET", ORIGIN + PING, **values)


async def _whole_journal(app: Application, queue: JournalQueue) -> str:
    await queue.flush()
    tables = [metadata.tables[name] for name in ("journal_entry", "journal_totals")]
    rows = [await app.services.database.fetch(Statement(table.select())()) for table in tables]
    return repr([[tuple(row) for row in some] for some in rows])


async def test_no_secret_of_the_demo_company_gets_into_the_tables(
    app: Application, queue: JournalQueue, client: httpx.AsyncClient
) -> None:
    token = (await client.post("/token", data=LOGIN)).json()["access_token"]
    signature = _signed()
    await client.get(PING, headers={"Authorization": signature})
    sent: list[dict[str, str]] = [
        WITH_KEY,
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"bearer  {token}"},
        {"Authorization": token},
        {"Authorization": API_KEY},
        {"Authorization": f"ApiKey {API_KEY}"},
        {"Authorization": f"amx {HMAC_KEY}"},
        {"Authorization": _signed(HMAC_KEY, HMAC_KEY)},
        {"Authorization": _signed(key="d3Jvbmc=")},
        {"Authorization": f"{signature}:{HMAC_KEY}"},
        {"X-Tagshelf-API-Key": API_KEY},
        {"X-API-Key": API_KEY},
        {"Cookie": f"session={token}"},
        {"X-Alfred-Mock-Admin-Token": PASSWORD},
        {"Proxy-Authorization": f"Basic {PASSWORD}"},
    ]
    for headers in sent:
        await client.get(PING, headers=headers)
    await client.get(PING, params={"password": PASSWORD, "x_access_token": token})
    await client.get(PING, params={"api_key": API_KEY})
    for path in ("/token", "/oauth/token", "/api/deferred/create"):
        await client.post(path, data=LOGIN)
        await client.post(path, json={**LOGIN, "access_token": token, "apiKey": API_KEY})
        await client.post(path, files={"password": (None, PASSWORD.encode())})
    for body in (
        b"pass%77ord=" + PASSWORD.encode(),
        b"pasword=" + PASSWORD.encode(),
        b'{"passwo\\u0072d": "' + PASSWORD.encode() + b'"',
        PASSWORD.encode(),
    ):
        await client.post("/token", content=body)
    whole = await _whole_journal(app, queue)
    assert whole.count("the-nonce") > 1
    for secret in (API_KEY, PASSWORD, HMAC_KEY, token, signature.split(":")[1]):
        assert secret not in whole


async def test_what_is_no_secret_stays(client: httpx.AsyncClient) -> None:
    signature = _signed()
    await client.get(PING, headers={"Authorization": signature})
    entry = await last(client)
    timestamp = signature.rpartition(":")[2]
    assert entry["headers"]["authorization"] == f"amx {HMAC_ID}:***:the-nonce:{timestamp}"
    await client.post("/token", data=LOGIN)
    entry = await last(client)
    assert entry["body"] == "grant_type=password&username=SuperTagShelf&password=***"
    assert '"access_token":"***","token_type":"bearer"' in entry["response_body"]


async def test_swapped_id_and_key_are_recognised_and_not_repeated(
    client: httpx.AsyncClient,
) -> None:
    await client.get(PING, headers={"Authorization": _signed(HMAC_KEY, "aWQ=")})
    entry = await last(client)
    assert entry["reason"].startswith("id and key of the amx header are swapped")
    assert entry["headers"]["authorization"].startswith("amx ***:***:the-nonce:")
    await client.get(PING, headers={"Authorization": _signed("unknown", HMAC_KEY)})
    assert [entry["reason"] for entry in await journal(client)][-1] == (
        "no company has the HMAC id 'unknown'"
    )


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", "Bearer abc", "Bearer ***"),
        ("Authorization", "BASIC abc", "BASIC ***"),
        ("authorization", "abc", "***"),
        ("authorization", "abc def", "***"),
        ("authorization", "amx a:b:c", "amx ***"),
        ("x-tagshelfapi-key", "abc", "***"),
        ("set-cookie", "abc", "***"),
        ("accept", "abc", "abc"),
        ("x-key", "abc", "***"),
        ("x-auth", "abc", "***"),
        ("idempotency-key", "abc", "abc"),
        ("referer", "https://u:p@h/x?token=abc&b=2", "https://***@h/x?token=***&b=2"),
    ],
)
def test_headers(name: str, value: str, shown: str) -> None:
    assert headers_json(((name.encode(), value.encode()),), knows_caller=True) == (
        f'{{"{name.lower()}":"{shown}"}}'
    )


def test_headers_that_occur_several_times_are_joined() -> None:
    twice = ((b"accept", b"a"), (b"accept", b"b"))
    assert headers_json(twice, knows_caller=False) == '{"accept":"a, b"}'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a=1&password=x&b=2", "a=1&password=***&b=2"),
        ("access_token=x", "access_token=***"),
        ('{"Password" : "a\\"b", "c": 1}', '{"Password" : "***", "c": 1}'),
        ('{"access_token":"cut in the mid', '{"access_token":"***'),
        ('{"access_token":"cut\\', '{"access_token":"***'),
        ('{"note": "no password"}', '{"note": "no password"}'),
        ("a=1&b=2", "a=1&b=2"),
        ('{"pass_word": 1, "b": "c"}', '{"pass_word": "***", "b": "c"}'),
        (
            '{"apiKey": {"a": "b", "c": ["d"]}, "e": "f"}',
            '{"apiKey": {"a": "***", "c": ["***"]}, "e": "f"}',
        ),
        ('{"passwo\\u0072d": "x"}', '{"passwo\\u0072d": "***"}'),
        ('{"m": "{\\"token\\": \\"x\\"}"}', '{"m": "{\\"token\\": \\"***\\"}"}'),
        ("{'Client-Secret': 'x'}", "{'Client-Secret': \"***\"}"),
        ("pass%77ord=x", "pass%77ord=***"),
        ('data={"password": "x"}', 'data={"password": "***"}'),
        ("to=http%3A%2F%2Fu%3Ap%40h&b=2", "to=http%3A%2F%2F***%40h&b=2"),
        ("https://u:p@h/x?api_key=1&b=2", "https://***@h/x?api_key=***&b=2"),
        ('{"url": "https:\\/\\/u:p@h"}', '{"url": "https://***@h"}'),
        ('["https://h/", "a@b"]', '["https://h/", "a@b"]'),
    ],
)
def test_bodies(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "grant_type=password&username=u&password=p",
            "grant_type=password&username=u&password=***",
        ),
        ("password=p&x", None),
        ('{"username": "u", "password": "p"}', '{"username":"u","password":"***"}'),
        ('{"username": {"password": "p"}}', '{"username":"***"}'),
        ('["p"]', None),
        ("p", None),
        ("[" * 100_000, None),
    ],
)
def test_logins(text: str, shown: str | None) -> None:
    assert masked_login(text) == shown
