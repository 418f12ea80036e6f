"""HMAC is verified for real: URL, method, body, age and replay."""

import base64
import hashlib
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from alfred_mock.auth.amx_signature import AmxHeader, raw_text, sign
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.auth.vectors import ENCODERS, amx
from tests.support import HMAC_ID, HMAC_KEY, ORIGIN, application, client_of

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"
CREATE = "/api/deferred/create"


def _signed(method: str = "GET", url: str = ORIGIN + PING, **changed: Any) -> dict[str, str]:
    values = {"nonce": str(uuid.uuid4()), "timestamp": int(time.time()), **changed}
    public_id, key = values.pop("public_id", HMAC_ID), values.pop("key", HMAC_KEY)
    return {"Authorization": amx(public_id, key, method, url, **values)}


def test_a_signature_is_the_one_that_was_worked_out_by_hand() -> None:
    # Worked out with `openssl dgst -sha256 -hmac secret -binary | base64` over the raw text.
    header = AmxHeader("id", "", "n", "1600000000")
    raw = raw_text(header, "GET", "http%3a%2f%2fh%2fp", "")
    assert raw == "idGEThttp%3a%2f%2fh%2fp1600000000n"
    assert sign("c2VjcmV0", raw) == "JN6rhbmrRljNlnh+lDHmGeUl6IdG/jZ3QZFqu1k6GqM="


async def test_a_signed_request_is_the_applications(client: httpx.AsyncClient) -> None:
    answer = await client.get(PING, headers=_signed())
    assert (answer.status_code, answer.json()) == (200, {"pong": "HMAC Key 1"})


@pytest.mark.parametrize("encode", ENCODERS)
@pytest.mark.parametrize(
    "target",
    [PING, f"{PING}?a=1&b=%2F", f"{PING}?q=x!y*(z)'~-_.", f"{PING}?space=a+b%20c&é=%C3%A9"],
)
async def test_every_official_encoder_is_understood(
    client: httpx.AsyncClient, encode: Callable[[str], str], target: str
) -> None:
    on_the_wire = str(httpx.URL(ORIGIN + target))
    answer = await client.get(on_the_wire, headers=_signed(url=on_the_wire, encode=encode))
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"", b"{}", b'{"a": 1}', b"\x00\xff" * 5000])
async def test_the_body_is_covered(client: httpx.AsyncClient, body: bytes) -> None:
    signed = _signed("POST", ORIGIN + CREATE, body=body)
    assert (await client.post(CREATE, headers=signed, content=body)).status_code == 200


@pytest.mark.parametrize("body", [b"", b'{"a": 2}'])
async def test_another_body_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    signed = _signed("POST", ORIGIN + CREATE, body=b'{"a": 1}')
    assert (await client.post(CREATE, headers=signed, content=body)).status_code == 401


@pytest.mark.parametrize(
    "signed_as",
    [
        {"method": "POST"},
        {"url": ORIGIN + CREATE},
        {"url": f"{ORIGIN}{PING}?a=1"},
        {"url": "https://alfred.test" + PING},
        {"url": "http://other.test" + PING},
        {"url": "http://alfred.test:8000" + PING},
        {"public_id": "somebody-else"},
        {"key": "YW5vdGhlciBrZXk="},
        {"body": b"x"},
    ],
    ids=str,
)
async def test_a_signature_over_anything_else_is_refused(
    client: httpx.AsyncClient, signed_as: dict[str, Any]
) -> None:
    assert (await client.get(PING, headers=_signed(**signed_as))).status_code == 401


@pytest.mark.parametrize("part", [0, 1, 2, 3])
async def test_each_part_of_the_header_is_covered(client: httpx.AsyncClient, part: int) -> None:
    parts = _signed()["Authorization"].removeprefix("amx ").split(":")
    last = parts[part][-2]
    parts[part] = parts[part][:-2] + ("1" if last != "1" else "2") + parts[part][-1]
    headers = {"Authorization": f"amx {':'.join(parts)}"}
    assert (await client.get(PING, headers=headers)).status_code == 401


@pytest.mark.parametrize("off_by", [-295, -10, 10, 295])
async def test_a_clock_that_is_a_little_off_is_accepted(
    client: httpx.AsyncClient, off_by: int
) -> None:
    signed = _signed(timestamp=int(time.time()) + off_by)
    assert (await client.get(PING, headers=signed)).status_code == 200


@pytest.mark.parametrize("off_by", [-100_000, -305, 305, 100_000])
async def test_a_clock_that_is_far_off_is_not(client: httpx.AsyncClient, off_by: int) -> None:
    signed = _signed(timestamp=int(time.time()) + off_by)
    assert (await client.get(PING, headers=signed)).status_code == 401


async def test_a_nonce_works_once(client: httpx.AsyncClient) -> None:
    signed = _signed()
    answers = [(await client.get(PING, headers=signed)).status_code for _ in range(3)]
    assert answers == [200, 401, 401]


async def test_a_nonce_is_refused_again_with_a_fresh_signature(client: httpx.AsyncClient) -> None:
    await client.get(PING, headers=_signed(nonce="same"))
    again = await client.get(PING, headers=_signed(nonce="same", timestamp=int(time.time()) - 5))
    assert again.status_code == 401


async def test_a_forged_request_does_not_use_up_the_nonce(client: httpx.AsyncClient) -> None:
    await client.get(PING, headers=_signed(nonce="mine", key="Zm9yZ2Vk"))
    assert (await client.get(PING, headers=_signed(nonce="mine"))).status_code == 200


async def test_a_nonce_stays_used_after_a_restart(database_url: str) -> None:
    signed = _signed()
    statuses = []
    for _ in range(2):
        app = create_app(Settings(_env_file=None, database_url=database_url))
        async with application(app), client_of(app) as client:
            statuses.append((await client.get(PING, headers=signed)).status_code)
    assert statuses == [200, 401]


def _cut_again(header: str, body: bytes) -> dict[str, str]:
    """The same signature, with the hash of a body as the end of its nonce."""
    public_id, signature, nonce, timestamp = header.removeprefix("amx ").split(":")
    hashed = base64.b64encode(hashlib.md5(body).digest()).decode()  # noqa: S324
    return {"Authorization": f"amx {public_id}:{signature}:{nonce}{hashed}:{timestamp}"}


async def test_a_signature_works_once_however_it_is_cut(client: httpx.AsyncClient) -> None:
    signed = _signed("POST", ORIGIN + CREATE, body=b"{}")
    assert (await client.post(CREATE, headers=signed, content=b"{}")).status_code == 200
    again = await client.post(CREATE, headers=_cut_again(signed["Authorization"], b"{}"))
    assert again.status_code == 401


async def test_a_nonce_cannot_lend_its_end_to_a_body(client: httpx.AsyncClient) -> None:
    hashed = base64.b64encode(hashlib.md5(b"{}").digest()).decode()  # noqa: S324
    signed = _signed("POST", ORIGIN + CREATE, nonce=f"short{hashed}")
    assert (await client.post(CREATE, headers=signed)).status_code == 200
    moved = {"Authorization": signed["Authorization"].replace(hashed, "")}
    assert (await client.post(CREATE, headers=moved, content=b"{}")).status_code == 401


@pytest.mark.parametrize("zeros", ["0", "00"])
async def test_a_timestamp_cannot_take_over_the_end_of_the_url(
    client: httpx.AsyncClient, zeros: str
) -> None:
    signed = _signed(url=f"{ORIGIN}{PING}?amount=5{zeros}")
    head, _, timestamp = signed["Authorization"].rpartition(":")
    moved = {"Authorization": f"{head}:{zeros}{timestamp}"}
    assert (await client.get(f"{PING}?amount=5", headers=moved)).status_code == 401
    assert (await client.get(f"{PING}?amount=5{zeros}", headers=signed)).status_code == 200


async def test_two_replicas_accept_a_nonce_only_once(
    app: Application, client: httpx.AsyncClient, settings: Settings
) -> None:
    signed = _signed()
    other = create_app(settings)
    async with application(other), client_of(other) as second:
        statuses = [
            (await client.get(PING, headers=signed)).status_code,
            (await second.get(PING, headers=signed)).status_code,
        ]
    assert statuses == [200, 401]


@pytest.mark.parametrize(
    "credentials",
    [
        "",
        "a",
        "a:b:c",
        "a:b:c:d:e",
        ":::",
        "a:b:c:soon",
        "a:b:c:-1",
        "a:b:c:0",
        "a:b:c:01700000000",
        f"a:b:{'n' * 129}:1",
        "a:b:c:\u0661",
    ],
)
async def test_a_malformed_header_is_refused(client: httpx.AsyncClient, credentials: str) -> None:
    headers = {"Authorization": f"amx {credentials}".encode()}
    assert (await client.get(PING, headers=headers)).status_code == 401  # type: ignore[arg-type]


async def test_every_refusal_looks_the_same(client: httpx.AsyncClient) -> None:
    used = _signed()
    await client.get(PING, headers=used)
    refusals = [
        await client.get(PING, headers=headers)
        for headers in (
            used,
            _signed(key="Zm9yZ2Vk"),
            _signed(public_id="nobody"),
            _signed(timestamp=1),
            {"Authorization": "amx nonsense"},
        )
    ]
    assert len({(answer.status_code, answer.text) for answer in refusals}) == 1


class TestBehindAProxy:
    """The URL that counts is the one that the client saw."""

    @pytest.fixture
    def settings(self, sqlite_url: str) -> Settings:
        return Settings(_env_file=None, database_url=sqlite_url, trusted_proxies=("127.0.0.0/8",))

    async def test_a_trusted_proxys_word_is_taken(self, client: httpx.AsyncClient) -> None:
        signed = _signed(url="https://public.test" + PING)
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "public.test"}
        assert (await client.get(PING, headers={**signed, **forwarded})).status_code == 200


class TestBehindAPublicUrl:
    """With a public URL no header is needed."""

    @pytest.fixture
    def settings(self, sqlite_url: str) -> Settings:
        return Settings(_env_file=None, database_url=sqlite_url, public_url="https://public.test/x")

    async def test_the_public_url_is_what_is_signed(self, client: httpx.AsyncClient) -> None:
        signed = _signed(url="https://public.test/x" + PING)
        assert (await client.get(PING, headers=signed)).status_code == 200

    async def test_the_inner_url_is_not(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(PING, headers=_signed())).status_code == 401
