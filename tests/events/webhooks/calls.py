"""What tests of webhooks do at the API."""

import asyncio
from typing import Any

import httpx

from tests.events.webhooks.receivers import PATIENCE_SECONDS
from tests.support import COMPANY, WITH_KEY


async def set_webhook(client: httpx.AsyncClient, url: str, company: str = COMPANY) -> None:
    """Without the handshake."""
    asked = {"company": company, "url": url}
    answer = await client.put("/__admin/webhook", json=asked)
    assert answer.status_code == 200, answer.text


async def webhook_of(client: httpx.AsyncClient, company: str = COMPANY) -> dict[str, Any]:
    """The company's webhook."""
    answer = await client.get("/__admin/webhook", params={"company": company})
    [shown] = answer.json()["webhooks"]
    return dict(shown)


async def make_job(client: httpx.AsyncClient, *names: str) -> str:
    """A job that is at its end at once; of one file there are 20 events."""
    urls = [f"https://files.test/{name}" for name in names or ("factura.pdf",)]
    answer = await client.post("/api/file/upload", headers=WITH_KEY, json={"urls": urls})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["job_id"])


async def deliveries(client: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    """Attempts, the oldest first."""
    query = {"company": COMPANY, "limit": 1_000, **filters}
    answer = await client.get("/__admin/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


async def fail(client: httpx.AsyncClient, event: str = "*", **effect: Any) -> dict[str, Any]:
    """Add a fault on deliveries."""
    asked = {"company": COMPANY, "event": event, **effect}
    answer = await client.post("/__admin/webhook/faults", json=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def all_delivered(client: httpx.AsyncClient) -> dict[str, Any]:
    """The webhook, once nothing waits for it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            shown = await webhook_of(client)
            pending = await deliveries(client, state="pending")
            if not shown["waiting"] and not pending:
                return shown
            await asyncio.sleep(0.01)
