"""Credentials that are taken away end at once, everywhere, and all that was made with them."""

from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.control.admin import SEED
from tests.support import (
    API_KEY,
    COMPANY,
    HMAC_ID,
    LOGIN,
    USER_NAME,
    WITH_KEY,
    application,
    client_of,
)

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"
REMOVE = "/__admin/credentials/remove"


async def _token(client: httpx.AsyncClient) -> dict[str, str]:
    granted = (await client.post("/token", data=LOGIN)).json()
    return {"Authorization": f"Bearer {granted['access_token']}"}


async def _give_user(client: httpx.AsyncClient, password: str) -> None:
    user = {"user_name": USER_NAME, "password": password}
    answer = await client.put(SEED, params={"company": COMPANY}, json={"users": [user]})
    assert answer.status_code == 200, answer.text


async def test_a_changed_password_ends_its_tokens_on_every_replica(
    app: Application, client: httpx.AsyncClient, settings: Settings
) -> None:
    # Workers of one SQLite file look for announcements before each request.
    other = create_app(settings.model_copy(update={"workers": 2}))
    async with application(other), client_of(other) as second:
        bearer = await _token(client)
        for http in (client, second):
            assert (await http.get(PING, headers=bearer)).status_code == 200
        await _give_user(client, "another-password")
        for http in (client, second):
            assert (await http.get(PING, headers=bearer)).status_code == 401
            assert (await http.post("/token", data=LOGIN)).status_code == 400


async def test_the_same_password_again_ends_nothing(client: httpx.AsyncClient) -> None:
    bearer = await _token(client)
    await _give_user(client, LOGIN["password"])
    assert (await client.get(PING, headers=bearer)).status_code == 200


@pytest.mark.parametrize(
    "removed", [{"api_key": API_KEY}, {"hmac_id": HMAC_ID}, {"user_name": USER_NAME}], ids=str
)
@pytest.mark.parametrize("company", [{}, {"company": COMPANY}], ids=["any", "its"])
async def test_a_removed_credential_stays_away_after_a_reset(
    client: httpx.AsyncClient, removed: dict[str, str], company: dict[str, str]
) -> None:
    bearer = await _token(client)
    assert (await client.get(PING, headers=WITH_KEY)).status_code == 200
    answer = await client.post(REMOVE, json={**removed, **company})
    assert (answer.status_code, answer.json()) == (200, {"company": COMPANY})
    for _ in range(2):
        by_key = (await client.get(PING, headers=WITH_KEY)).status_code
        assert by_key == (401 if "api_key" in removed else 200)
        by_token = (await client.get(PING, headers=bearer)).status_code
        assert by_token == (401 if "user_name" in removed else 200)
        exported = (await client.get(SEED, params={"company": COMPANY})).json()["companies"][0]
        assert not any(value in str(exported) for value in removed.values())
        assert (await client.post("/__admin/reset", json={"company": COMPANY})).status_code == 200
    assert (await client.post(REMOVE, json=removed)).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"api_key": API_KEY, "user_name": USER_NAME},
        {"key": API_KEY},
        {"api_key": 1},
        {"api_key": "\0"},
    ],
    ids=str,
)
async def test_exactly_one_is_named(client: httpx.AsyncClient, asked: dict[str, Any]) -> None:
    assert (await client.post(REMOVE, json=asked)).status_code == 400
    assert (await client.get(PING, headers=WITH_KEY)).status_code == 200


async def test_another_company_s_is_not_found(client: httpx.AsyncClient) -> None:
    other = (await client.post("/__admin/companies")).json()["id"]
    answer = await client.post(REMOVE, json={"company": other, "api_key": API_KEY})
    assert answer.status_code == 404
    assert API_KEY not in answer.text
    assert (await client.get(PING, headers=WITH_KEY)).status_code == 200
