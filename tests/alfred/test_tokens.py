"""`POST /token`: the OAuth password grant as the official clients use it."""

import json
from email.utils import parsedate_to_datetime

import httpx
import pytest

from alfred_mock.core.clock import Shift
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.support import COMPANY, LOGIN, USER_NAME, application, client_of

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"
FORM = "grant_type=password&username=SuperTagShelf&password=demo-password"


async def _ping(client: httpx.AsyncClient, token: str) -> int:
    answer = await client.get(PING, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_the_answer_has_the_fields_that_the_clients_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/token", data=LOGIN)
    assert answer.status_code == 200
    granted = answer.json()
    assert list(granted) == [
        "access_token",
        "token_type",
        "expires_in",
        "userName",
        ".issued",
        ".expires",
    ]
    assert granted["token_type"] == "bearer"
    assert granted["userName"] == USER_NAME
    issued, expires = (parsedate_to_datetime(granted[name]) for name in (".issued", ".expires"))
    assert (expires - issued).total_seconds() == granted["expires_in"] == 2_592_000


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json", "Authorization": "Bearer undefined"},
        {"Content-Type": "application/json; charset=utf-8", "Authorization": "Bearer "},
        {},
    ],
    ids=str,
)
async def test_the_body_is_a_form_however_it_is_labelled(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/token", headers=headers, content=FORM)
    assert await _ping(client, answer.json()["access_token"]) == 200


@pytest.mark.parametrize(
    "changed",
    [{"password": "wrong"}, {"password": ""}, {"username": "nobody"}],
    ids=str,
)
async def test_a_wrong_name_and_a_wrong_password_are_answered_alike(
    client: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    answer = await client.post("/token", data={**LOGIN, **changed})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "The user name or password is incorrect.",
    }


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ("grant_type=refresh_token&refresh_token=x", "unsupported_grant_type"),
        ("grant_type=client_credentials", "unsupported_grant_type"),
        ("username=SuperTagShelf&password=demo-password", "unsupported_grant_type"),
        ("", "unsupported_grant_type"),
        (json.dumps(LOGIN), "unsupported_grant_type"),
        ("grant_type=password", "invalid_grant"),
        ("x" * 70_000, "invalid_request"),
        ("grant_type=password&username=a%00b&password=c", "invalid_request"),
        (b"\xff\xfe", "invalid_request"),
        (b"grant_type=%FF", "invalid_request"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_any_other_body_is_refused_as_oauth_says(
    client: httpx.AsyncClient, form: str | bytes, error: str
) -> None:
    answer = await client.post("/token", content=form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert list(answer.json()) == ["error", "error_description"]


async def test_each_login_gets_a_token_of_its_own_and_all_of_them_work(
    client: httpx.AsyncClient,
) -> None:
    tokens = {(await client.post("/token", data=LOGIN)).json()["access_token"] for _ in range(3)}
    assert len(tokens) == 3
    assert [await _ping(client, token) for token in tokens] == [200, 200, 200]


async def test_a_token_works_on_another_replica_and_after_a_restart(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    token = (await client.post("/token", data=LOGIN)).json()["access_token"]
    replica = create_app(settings)
    async with application(replica), client_of(replica) as other:
        assert await _ping(other, token) == 200


async def test_a_token_expires(app: Application, client: httpx.AsyncClient) -> None:
    granted = (await client.post("/token", data=LOGIN)).json()
    clock = app.services.clock
    later = clock.now() + granted["expires_in"] * 1_000
    token = granted["access_token"]
    clock.shifts = {COMPANY: Shift(frozen_at=later - 10_000)}
    assert await _ping(client, token) == 200
    clock.shifts = {COMPANY: Shift(frozen_at=later)}
    assert await _ping(client, token) == 401


class TestLifetime:
    """How long tokens last is a setting."""

    @pytest.fixture
    def settings(self, sqlite_url: str) -> Settings:
        return Settings(_env_file=None, database_url=sqlite_url, token_lifetime=60)

    async def test_the_setting_is_what_the_client_is_told(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/token", data=LOGIN)).json()["expires_in"] == 60
