"""A URL becomes a webhook only once its receiver has sent the challenge back."""

import json
from typing import Any

import httpx
import pytest

from alfred_mock.core.ids import parse_uuid
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.events.webhooks.receivers import (
    Cut,
    Decide,
    Posted,
    answer,
    receiving,
)
from tests.support import WITH_KEY, client_of

pytestmark = pytest.mark.anyio

WEBHOOK = "/api/account/webhook"


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


async def register(client: httpx.AsyncClient, url: str) -> httpx.Response:
    return await client.post(WEBHOOK, headers=WITH_KEY, json={"url": url})


async def shown(client: httpx.AsyncClient) -> str:
    cloudinfo = await client.get("/api/company/cloudinfo", headers=WITH_KEY)
    return str(cloudinfo.json()["web_hook_url"])


async def test_a_challenge_is_sent_in_the_documented_form(client: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        made = await register(client, receiver.url)
        assert made.status_code == 200
        assert list(made.json()) == ["id"]
        assert parse_uuid(made.json()["id"]) == made.json()["id"]
        [posted] = receiver.posted
    assert posted.path == "/hook"
    assert posted.headers["content-type"] == "application/json"
    assert "x-tagshelfapi-key" not in posted.headers
    assert list(posted.body) == ["token", "challenge", "type"]
    assert posted.body["type"] == "url_verification"
    assert (len(posted.body["token"]), len(posted.body["challenge"])) == (24, 52)
    assert await shown(client) == receiver.url


async def test_the_token_stays_and_the_challenge_does_not(client: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        one, two = [await register(client, receiver.url) for _ in range(2)]
        first, second = receiver.posted
    assert first.body["token"] == second.body["token"]
    assert first.body["challenge"] != second.body["challenge"]
    assert one.json()["id"] != two.json()["id"]


@pytest.mark.parametrize(
    "form",
    [
        lambda challenge: challenge,
        lambda challenge: f"{challenge}\n",
        lambda challenge: json.dumps(challenge),
        lambda challenge: json.dumps({"challenge": challenge, "more": 1}),
        lambda challenge: f"challenge={challenge}&more=1",
    ],
    ids=["text", "line", "json text", "json object", "form"],
)
async def test_each_form_of_the_challenge_verifies(client: httpx.AsyncClient, form: Any) -> None:
    def decide(posted: Posted) -> bytes:
        return answer(200, form(posted.body["challenge"]).encode())

    async with receiving(decide) as receiver:
        made = await register(client, receiver.url)
    assert made.status_code == 200, made.text


def _wrong(posted: Posted) -> bytes:
    return answer(200, json.dumps({"challenge": posted.body["challenge"][1:] + "x"}).encode())


@pytest.mark.parametrize(
    ("decide", "reason"),
    [
        (_wrong, "the receiver answered with another challenge"),
        (lambda _: answer(200), "the receiver answered without the challenge"),
        (lambda _: answer(200, b"\xff\xfe"), "the receiver answered without the challenge"),
        (lambda _: answer(200, b"[" * 9_000), "the receiver answered with another challenge"),
        (lambda _: answer(200, b'{"challenge": 5}'), "the receiver answered without the challenge"),
        (
            lambda posted: answer(201, posted.body["challenge"].encode()),
            "the receiver answered with status 201, not 200",
        ),
        (
            lambda _: answer(302, b"", "Location: http://127.0.0.1/elsewhere"),
            "the receiver answered with status 302, not 200",
        ),
        (lambda _: answer(500), "the receiver answered with status 500, not 200"),
        (lambda _: Cut, "the receiver gave no whole answer"),
        (lambda _: b"no HTTP\r\n\r\n", "the receiver gave no whole answer"),
        (
            lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nhalf",
            "the receiver gave no whole answer",
        ),
    ],
)
async def test_a_receiver_that_is_not_verified(
    client: httpx.AsyncClient, decide: Decide, reason: str
) -> None:
    async with receiving() as good, receiving(decide) as bad:
        assert (await register(client, good.url)).status_code == 200
        refused = await register(client, bad.url)
        assert refused.status_code == 400
        assert refused.json()["error"] == "Bad Request"
        message = refused.json()["message"]
        assert message.startswith(f"The webhook URL could not be verified: {reason}"), message
        assert len(bad.posted) == 1
    assert await shown(client) == good.url


async def test_nobody_listens_there(client: httpx.AsyncClient) -> None:
    async with receiving() as gone:
        pass
    refused = await register(client, gone.url)
    assert refused.status_code == 400
    assert "could not be verified: the receiver gave no whole answer" in refused.json()["message"]
    assert await shown(client) == ""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Field 'url' is required."),
        ({"url": None}, "Field 'url' is required."),
        ({"url": 5}, "Field 'url' must be a valid string."),
        (
            {"url": "ftp://a.test/"},
            "Field 'url' must be an http or https URL, with %20 for a space.",
        ),
        ({"url": "https://"}, "Field 'url' must be an http or https URL, with %20 for a space."),
        ([], "The body must be a JSON object."),
    ],
)
async def test_what_is_no_url(client: httpx.AsyncClient, body: Any, message: str) -> None:
    refused = await client.post(WEBHOOK, headers=WITH_KEY, json=body)
    assert (refused.status_code, refused.json()["message"]) == (400, message)


async def test_a_caller_is_needed(client: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        refused = await client.post(WEBHOOK, json={"url": receiver.url})
        assert refused.status_code == 401
        assert receiver.posted == []


async def test_it_is_documented_beside_the_calls_of_the_account(app: Application) -> None:
    async with client_of(app) as client:
        document = (await client.get("/openapi.json")).json()
    described = document["paths"][WEBHOOK]["post"]
    assert described["tags"] == ["Account"]
    assert {"200", "400", "401", "503"} <= set(described["responses"])
