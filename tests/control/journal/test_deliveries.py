"""What the server has sent is in the journal, apart from what it was sent."""

from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import JournalMode, Settings
from alfred_mock.main import create_app
from tests.events.webhooks.calls import all_delivered, deliveries, make_job, set_webhook
from tests.events.webhooks.receivers import answer, receiving
from tests.support import COMPANY, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio


async def entries(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answered = await client.get("/__admin/requests", params={"company": COMPANY, **query})
    found: list[dict[str, Any]] = answered.json()["requests"]
    return found


async def test_a_delivery_is_an_outgoing_request(client: httpx.AsyncClient) -> None:
    async with receiving(lambda _: answer(200, b"thanks")) as receiver:
        await set_webhook(client, f"{receiver.url}?a=b")
        await make_job(client)
        await all_delivered(client)
    sent = await entries(client, outgoing="true")
    assert len(sent) == 20
    last = sent[-1]
    assert (last["method"], last["path"], last["query"]) == ("POST", receiver.url, "a=b")
    assert (last["status"], last["response_body"]) == (200, "thanks")
    assert last["headers"]["x-alfred-mock-attempt"] == "1"
    assert "job_finished_event" in last["body"]
    assert [each["path"] for each in await entries(client)] == ["/api/file/upload"]
    har = await client.get("/__admin/requests/har", params={"outgoing": "true"})
    assert har.json()["log"]["entries"][-1]["request"]["url"] == f"{receiver.url}?a=b"


async def test_a_receiver_that_gives_no_answer_has_no_status(client: httpx.AsyncClient) -> None:
    async with receiving() as gone:
        pass
    await client.post("/api/account/webhook", headers=WITH_KEY, json={"url": gone.url})
    [sent] = await entries(client, outgoing="true")
    assert sent["status"] == 0
    assert sent["reason"].startswith("The receiver gave no whole answer")


async def test_the_token_of_the_handshake_is_masked(client: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        await client.post("/api/account/webhook", headers=WITH_KEY, json={"url": receiver.url})
        token = receiver.posted[0].body["token"]
    [sent] = await entries(client, outgoing="true")
    assert "url_verification" in sent["body"]
    assert token not in str(sent)


async def test_where_only_errors_are_kept_only_failed_deliveries_are(sqlite_url: str) -> None:
    settings = Settings(
        _env_file=None,
        database_url=sqlite_url,
        journal=JournalMode.ERRORS,
        webhook_retries=(0.01,),
    )
    async with (
        application(create_app(settings)) as app,
        client_of(app) as client,
        receiving(lambda _: answer(500 if not receiver.posted else 200)) as receiver,
    ):
        await set_webhook(client, receiver.url)
        await make_job(client)
        await all_delivered(client)
        sent = await entries(client, outgoing="true")
        assert [each["status"] for each in sent] == [500]
        assert len(await deliveries(client)) == 21
