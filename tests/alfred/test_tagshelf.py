"""`/api/tagshelf`: status, who-am-i and ping as the SDKs type them."""

import httpx
import pytest

from alfred_mock import __version__
from tests.support import COMPANY, WITH_KEY

pytestmark = pytest.mark.anyio


async def test_status_has_the_documented_fields_and_those_of_the_sdks(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/api/tagshelf/status")).json() == {
        "currentVersion": __version__,
        "status": "Online",
        "api_version": __version__,
        "db_status": "Online",
    }


async def test_status_takes_no_notice_of_credentials(client: httpx.AsyncClient) -> None:
    headers = {"X-TagshelfAPI-Key": "wrong"}
    assert (await client.get("/api/tagshelf/status", headers=headers)).status_code == 200


async def test_who_am_i_has_every_field_that_the_sdks_read(client: httpx.AsyncClient) -> None:
    who = (await client.get("/api/tagshelf/who-am-i", headers=WITH_KEY)).json()
    assert who.pop("app_id")
    assert who == {
        "request_origin_ip_address": "127.0.0.1",
        "authentication_type": "api_key",
        "roles": [],
        "user_name": "API Key 1",
        "name": None,
        "last_name": None,
        "user_id": None,
        "status": "active",
        "company_id": COMPANY,
        "company_name": "Demo Company",
        "app_name": "API Key 1",
    }


async def test_ping_answers_with_the_callers_name(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/tagshelf/ping", headers=WITH_KEY)
    assert answer.json() == {"pong": "API Key 1"}
