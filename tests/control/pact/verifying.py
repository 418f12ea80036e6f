"""Calls as verifiers make them."""

from typing import Any

import httpx

STATES = "/__admin/pact/states"
DETAIL = "/api/deferred/detail"
SESSION_ID = "0f767925-b464-4ffa-b621-1a0aeacad257"


async def call(
    client: httpx.AsyncClient, state: str, action: str, scope: str, params: dict[str, Any]
) -> httpx.Response:
    """A call of a verifier, with a body."""
    asked = {"action": action, "params": params, "state": state}
    return await client.post(STATES, params={"scope": scope}, json=asked)


async def set_up(
    client: httpx.AsyncClient, state: str, scope: str = "default", **params: Any
) -> dict[str, Any]:
    """What a setup answers."""
    answer = await call(client, state, "setup", scope, params)
    assert answer.status_code == 200, answer.text
    values: dict[str, Any] = answer.json()
    assert all(isinstance(value, str | int | float) for value in values.values())
    return values


async def refused(
    client: httpx.AsyncClient, state: str, scope: str = "default", **params: Any
) -> tuple[int, str]:
    """The status and the message of a setup that fails."""
    answer = await call(client, state, "setup", scope, params)
    return answer.status_code, answer.json()["message"]


async def tear_down(client: httpx.AsyncClient, scope: str = "default", state: str = "x") -> None:
    """A teardown."""
    answer = await call(client, state, "teardown", scope, {})
    assert (answer.status_code, answer.json()) == (200, {})


async def get(client: httpx.AsyncClient, path: str, values: dict[str, Any]) -> httpx.Response:
    """A request of the API by the key that a setup has answered."""
    return await client.get(path, headers={"X-TagshelfAPI-Key": values["api_key"]})


async def companies(client: httpx.AsyncClient) -> list[str]:
    """The ids of all companies."""
    made = (await client.get("/__admin/companies")).json()["companies"]
    return [company["id"] for company in made]


async def scope_of(client: httpx.AsyncClient, name: str = "default") -> dict[str, Any]:
    """A scope as the control API shows it."""
    (scope,) = (await client.get(STATES, params={"scope": name})).json()["scopes"]
    assert isinstance(scope, dict)
    return scope
