"""Faults that a request asks for itself."""

from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Environment, Settings
from alfred_mock.main import create_app
from tests.control.faults.serving import FAULTS, PING, make
from tests.support import SECRET_KEY, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

_HEADER = "X-Alfred-Mock-Fault"


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


async def _ask(client: httpx.AsyncClient, value: str) -> httpx.Response:
    return await client.get(PING, headers={**WITH_KEY, _HEADER: value})


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("503", 503),
        (" 503 ", 503),
        ('{"status": 503}', 503),
        ('{"delay_ms": {"min": 0, "max": 1}}', 200),
        ('{"status": 429, "headers": {"Retry-After": "9"}}', 429),
    ],
)
async def test_an_effect_or_a_status(client: httpx.AsyncClient, value: str, status: int) -> None:
    assert (await _ask(client, value)).status_code == status
    assert (await client.get(PING, headers=WITH_KEY)).status_code == 200


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("", "must be JSON or a status"),
        ("soon", "must be JSON or a status"),
        ("{", "must be JSON or a status"),
        ("[" * 5000, "must be JSON or a status"),
        ("9" * 5000, "must be JSON or a status"),
        ("100", "status Input should be greater than or equal to 200"),
        ("true", "valid dictionary"),
        ("null", "valid dictionary"),
        ("[503]", "valid dictionary"),
        ("{}", "must do something"),
        ('{"status": 503, "times": 1}', "times"),
        ('{"delay_ms": NaN}', "delay_ms"),
        ('{"status": 503, "message": "\\ud800"}', "message"),
    ],
)
async def test_what_is_neither_is_refused(client: httpx.AsyncClient, value: str, told: str) -> None:
    answer = await _ask(client, value)
    assert answer.status_code == 400
    assert answer.json()["error"] == "Bad Request"
    assert answer.json()["message"].startswith(f"Header '{_HEADER}'")
    assert told in answer.json()["message"]
    assert "X-RateLimit-Limit" in answer.headers


async def test_it_comes_before_all_rules_and_is_not_counted(client: httpx.AsyncClient) -> None:
    await make(client, {"status": 500})
    assert (await _ask(client, "503")).status_code == 503
    assert (await client.get(FAULTS)).json()["faults"][0]["seen"] == 0


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"fault_header": False}, 200),
        ({"environment": Environment.STAGING, "secret_key": SECRET_KEY, "demo": True}, 200),
        (
            {
                "environment": Environment.STAGING,
                "secret_key": SECRET_KEY,
                "demo": True,
                "fault_header": True,
            },
            503,
        ),
    ],
)
async def test_it_can_be_off(sqlite_url: str, changed: dict[str, Any], status: int) -> None:
    token = "only-for-testers"
    settings = Settings(_env_file=None, database_url=sqlite_url, admin_token=token, **changed)
    async with application(create_app(settings)) as app, client_of(app) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert (await _ask(client, "503")).status_code == status
        await make(client, {"status": 500})
        assert (await _ask(client, "nonsense")).status_code == (500 if status == 200 else 400)
