"""Access tokens that a tester makes expire, on all replicas."""

from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.alfred.calls import NOON, clients
from tests.control.admin import SEED, stop_clock
from tests.support import COMPANY, LOGIN, UNKNOWN_ID, application, client_of

pytestmark = pytest.mark.anyio

EXPIRE = "/__admin/tokens/expire"
OTHER_LOGIN = {**LOGIN, "username": "other", "password": "secret"}
SECOND_LOGIN = {**LOGIN, "username": "second", "password": "secret"}
OTHER = {
    "id": UNKNOWN_ID,
    "name": "Other",
    "users": [
        {"user_name": "other", "password": "secret"},
        {"user_name": "second", "password": "secret"},
    ],
}


async def _log_in(client: httpx.AsyncClient, login: dict[str, str] = LOGIN) -> dict[str, str]:
    answer = await client.post("/token", data=login)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def _status(client: httpx.AsyncClient, token: dict[str, str]) -> int:
    return (await client.get("/api/tagshelf/ping", headers=token)).status_code


async def _expire(app: Application, asked: Any = None) -> httpx.Response:
    async with client_of(app) as admin:
        if asked is None:
            return await admin.post(EXPIRE)
        return await admin.post(EXPIRE, json=asked)


async def _logged_in(app: Application, client: httpx.AsyncClient) -> list[dict[str, str]]:
    async with client_of(app) as admin:
        assert (await admin.put(SEED, json={"companies": [OTHER]})).status_code == 200
    return [await _log_in(client, login) for login in (LOGIN, OTHER_LOGIN, SECOND_LOGIN)]


@pytest.mark.parametrize(
    ("asked", "expired"),
    [
        (None, [1, 1, 1]),
        ({}, [1, 1, 1]),
        ({"company": COMPANY}, [1, 0, 0]),
        ({"company": "second"}, [0, 1, 1]),
        ({"user_name": "other"}, [0, 1, 0]),
        ({"company": UNKNOWN_ID, "user_name": "second"}, [0, 0, 1]),
    ],
)
async def test_those_that_are_named_are_refused_from_then_on(
    app: Application, client: httpx.AsyncClient, asked: Any, expired: list[int]
) -> None:
    tokens = await _logged_in(app, client)
    assert [await _status(client, token) for token in tokens] == [200] * 3
    assert (await _expire(app, asked)).json() == {"expired": sum(expired)}
    wanted = [401 if is_expired else 200 for is_expired in expired]
    assert [await _status(client, token) for token in tokens] == wanted
    assert (await _expire(app, asked)).json() == {"expired": 0}
    assert await _status(client, await _log_in(client)) == 200


async def test_a_clock_that_is_set_back_does_not_bring_them_back(
    app: Application, client: httpx.AsyncClient
) -> None:
    token = await _log_in(client)
    await _expire(app)
    await stop_clock(app, 0)
    assert await _status(client, token) == 401


async def test_those_that_had_expired_do_not_count(
    app: Application, client: httpx.AsyncClient
) -> None:
    await stop_clock(app, NOON)
    await _log_in(client)
    await stop_clock(app, NOON + 2_592_000_000)
    assert (await _expire(app)).json() == {"expired": 0}


@pytest.mark.parametrize(
    ("asked", "status", "problem"),
    [
        ({"company": "nobody"}, 404, "There is no company with this id or credential."),
        ({"user_name": "nobody"}, 404, "There is no user nobody."),
        ({"company": COMPANY, "user_name": "other"}, 404, "There is no user other."),
        ({"user": "x"}, 400, "has no key 'user'; the nearest is 'user_name'"),
    ],
)
async def test_who_is_not_there_is_not_found(
    app: Application, client: httpx.AsyncClient, asked: Any, status: int, problem: str
) -> None:
    await _logged_in(app, client)
    answer = await _expire(app, asked)
    assert answer.status_code == status
    assert problem in answer.json()["message"]


async def test_every_replica_refuses_them_at_once(postgres_url: str) -> None:
    settings = Settings(_env_file=None, database_url=postgres_url)
    one, other = create_app(settings), create_app(settings)
    async with application(one), application(other), clients(one, other) as (here, there):
        for _ in range(5):
            token = await _log_in(here)
            assert [await _status(client, token) for client in (here, there)] == [200, 200]
            assert (await _expire(one)).json() == {"expired": 1}
            assert [await _status(client, token) for client in (there, here)] == [401, 401]
