"""Looking into the journal as testers do."""

from typing import Any

import httpx

JOURNAL = "/__admin/requests"


async def journal(client: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    """The entries that match."""
    answer = await client.get(JOURNAL, params=filters)
    assert answer.status_code == 200, answer.text
    requests: list[dict[str, Any]] = answer.json()["requests"]
    return requests


async def last(client: httpx.AsyncClient, **filters: Any) -> dict[str, Any]:
    """The newest entry."""
    return (await journal(client, **filters))[-1]
