"""Secrets at rest: nothing in clear where there is a key, and everything works as without one."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from alfred_mock.cli import main
from alfred_mock.control.sealing import seal_all
from alfred_mock.core.errors import Refusal
from alfred_mock.core.masking import MASK
from alfred_mock.core.settings import Settings
from alfred_mock.database import Statement
from alfred_mock.main import Application, create_app
from tests.auth.vectors import amx
from tests.control.pact.verifying import set_up
from tests.support import (
    API_KEY,
    COMPANY,
    HMAC_ID,
    HMAC_KEY,
    LOGIN,
    ORIGIN,
    PASSWORD,
    SECRET_KEY,
    WITH_KEY,
    application,
    client_of,
)

pytestmark = pytest.mark.anyio

PING, SEED = "/api/tagshelf/ping", "/__admin/seed"
NEW_KEY = "0f" * 32
_STORED = [
    Statement(text(f"SELECT * FROM {table}"))  # noqa: S608
    for table in (
        "account_user",
        "api_key",
        "hmac_pair",
        "company_seed",
        "access_token",
        "pact_scope",
    )
]

Start = Callable[..., AbstractAsyncContextManager[tuple[Application, httpx.AsyncClient]]]


@pytest.fixture
def start(database_url: str) -> Start:
    """The application and a client of it, with these keys."""

    @asynccontextmanager
    async def start(*keys: str) -> AsyncIterator[tuple[Application, httpx.AsyncClient]]:
        settings = Settings(_env_file=None, database_url=database_url, secret_key=keys)
        async with application(create_app(settings)) as app, client_of(app) as client:
            yield app, client

    return start


async def _everything_stored(app: Application) -> str:
    rows = [await app.services.database.fetch(statement()) for statement in _STORED]
    return repr([[tuple(row) for row in each] for each in rows])


def _signed() -> dict[str, str]:
    header = amx(
        HMAC_ID, HMAC_KEY, "GET", ORIGIN + PING, nonce=uuid4().hex, timestamp=int(time.time())
    )
    return {"Authorization": header}


async def _works(client: httpx.AsyncClient) -> None:
    """All three schemes, and a reset."""
    assert (await client.get(PING, headers=WITH_KEY)).status_code == 200
    granted = await client.post("/token", data=LOGIN)
    assert granted.status_code == 200
    token = {"Authorization": f"Bearer {granted.json()['access_token']}"}
    assert (await client.get(PING, headers=token)).status_code == 200
    wrong = await client.post("/token", data={**LOGIN, "password": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    for _ in range(2):
        answer = await client.get(PING, headers=_signed())
        assert answer.status_code == 200
    assert (await client.post("/__admin/reset", json={"company": API_KEY})).status_code == 200
    assert (await client.get(PING, headers=token)).status_code == 200


async def test_nothing_is_stored_in_clear_and_all_callers_are_known(start: Start) -> None:
    async with start(SECRET_KEY) as (app, client):
        await _works(client)
        stored = await _everything_stored(app)
    assert [secret for secret in (API_KEY, PASSWORD, HMAC_KEY) if secret in stored] == []
    assert "sealed:" in stored


async def test_an_export_is_masked_unless_asked_for_and_then_whole(start: Start) -> None:
    async with start(SECRET_KEY) as (_, client):
        masked = (await client.get(SEED)).json()
        whole = (await client.get(f"{SEED}?secrets=true")).json()
        refused = await client.put(SEED, json=masked)
        assert (await client.put(SEED, json=whole)).status_code == 200
        await _works(client)
    company = whole["companies"][0]
    assert company["users"][0]["password"] == PASSWORD
    assert (company["api_keys"][0]["key"], company["hmac"][0]["key"]) == (API_KEY, HMAC_KEY)
    assert not any(secret in json.dumps(masked) for secret in (PASSWORD, API_KEY, HMAC_KEY))
    assert masked["companies"][0]["users"][0]["password"] == MASK
    assert refused.status_code == 400
    assert "secrets=true" in refused.json()["message"]


async def test_on_ones_own_machine_an_export_has_them_as_before(start: Start) -> None:
    async with start() as (_, client):
        whole = (await client.get(SEED)).json()
        masked = (await client.get(f"{SEED}?secrets=false")).json()
    assert whole["companies"][0]["api_keys"][0]["key"] == API_KEY
    assert masked["companies"][0]["api_keys"][0]["key"] == MASK


async def test_what_was_in_clear_is_sealed_while_servers_run(start: Start) -> None:
    async with start() as (app, client):
        await client.post("/__admin/companies", json={"name": "Another"})
        assert PASSWORD in await _everything_stored(app)
    async with start(SECRET_KEY) as (app, client):
        await _works(client)
        await seal_all(app.services)
        await _works(client)
        stored = await _everything_stored(app)
        assert not any(secret in stored for secret in (PASSWORD, API_KEY, HMAC_KEY))
        assert set((await seal_all(app.services)).values()) == {0}


async def test_the_credentials_of_a_pact_scope_are_sealed_and_still_answered(start: Start) -> None:
    async with start() as (app, client):
        made = await set_up(client, "a company")
        assert made["hmac_key"] in await _everything_stored(app)
    async with start(SECRET_KEY) as (app, client):
        await seal_all(app.services)
        again = await set_up(client, "the API key is valid")
        adopted = await set_up(client, f"the API key {API_KEY} is valid", scope="another")
        stored = await _everything_stored(app)
    assert again == made
    assert (adopted["hmac_key"], adopted["password"]) == (HMAC_KEY, PASSWORD)
    secrets = [made[key] for key in ("api_key", "hmac_key", "password")]
    assert [secret for secret in (*secrets, API_KEY, PASSWORD, HMAC_KEY) if secret in stored] == []
    async with start(NEW_KEY, SECRET_KEY) as (app, client):
        await seal_all(app.services)
    async with start(NEW_KEY) as (_, client):
        assert await set_up(client, "the API key is valid") == made


async def test_a_user_of_a_pact_scope_is_told_a_password_that_is_right(start: Start) -> None:
    async with start(SECRET_KEY) as (_, client):
        made = await set_up(client, "a company")
        same = await set_up(client, "a logged-in user")
        assert same["password"] == made["password"]
        for asked in ({"user_name": "Ana", "password": "first"}, {"user_name": "Ana"}):
            told = await set_up(client, "a logged-in user", **asked)
            login = {"username": "Ana", "password": told["password"]}
            granted = await client.post("/token", data={"grant_type": "password", **login})
            assert granted.status_code == 200
            token = {"Authorization": f"Bearer {told['access_token']}"}
            assert (await client.get(PING, headers=token)).status_code == 200


async def test_a_key_is_replaced_while_both_are_known(start: Start) -> None:
    async with start(SECRET_KEY) as (app, client):
        await _works(client)
    async with start(NEW_KEY, SECRET_KEY) as (app, client):
        await _works(client)
        await seal_all(app.services)
    async with start(NEW_KEY) as (app, client):
        await _works(client)


@pytest.mark.parametrize("keys", [(), (NEW_KEY,)])
async def test_without_the_key_it_does_not_start(start: Start, keys: tuple[str, ...]) -> None:
    async with start(SECRET_KEY):
        pass
    with pytest.raises(Refusal, match="ALFRED_MOCK_SECRET_KEY"):
        async with start(*keys):
            pass


async def test_staging_needs_a_key_and_says_how_to_make_one(sqlite_url: str) -> None:
    settings = Settings(_env_file=None, database_url=sqlite_url, environment="staging")
    with pytest.raises(Refusal, match="openssl rand -hex 32") as refused:
        async with application(create_app(settings)):
            pass
    assert "\n" not in str(refused.value)


async def test_a_password_that_is_loaded_again_ends_no_tokens_and_a_new_one_does(
    start: Start,
) -> None:
    async with start(SECRET_KEY) as (_, client):
        token = (await client.post("/token", data=LOGIN)).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        user = {"user_name": LOGIN["username"], "password": PASSWORD}
        for password, status in ((PASSWORD, 200), ("another-one", 401)):
            part = {"users": [{**user, "password": password}]}
            assert (await client.put(f"{SEED}?company={COMPANY}", json=part)).status_code == 200
            assert (await client.get(PING, headers=bearer)).status_code == status
        assert (await client.post("/token", data=LOGIN)).status_code == 400
        new = await client.post("/token", data={**LOGIN, "password": "another-one"})
        assert new.status_code == 200


async def test_a_hash_is_no_password(start: Start) -> None:
    async with start() as (_, client):
        part = {"users": [{"user_name": "x", "password": "$argon2id$v=19$m=8,t=1,p=1$YQ$YQ"}]}
        answer = await client.put(f"{SEED}?company={COMPANY}", json=part)
    assert answer.status_code == 400
    assert "must not begin with" in answer.json()["message"]


@pytest.mark.parametrize("secret", [API_KEY, HMAC_KEY])
async def test_secrets_that_are_not_stored_are_still_masked_in_the_journal(
    start: Start, secret: str
) -> None:
    async with start(SECRET_KEY) as (_, client):
        await client.get("/nowhere", params={"q": secret})
        await client.get(PING, headers={**WITH_KEY, "X-Other": secret})
        journal = (await client.get("/__admin/requests")).text
    assert secret not in journal


def test_the_command_seals_what_is_in_clear(sqlite_url: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("ALFRED_MOCK_DATABASE_URL", sqlite_url)
    runner = CliRunner()
    assert runner.invoke(main, ["migrate"]).exit_code == 0
    refused = runner.invoke(main, ["reseal"])
    assert refused.exit_code == 2
    assert "ALFRED_MOCK_SECRET_KEY" in refused.output
    monkeypatch.setenv("ALFRED_MOCK_SECRET_KEY", SECRET_KEY)
    sealed = runner.invoke(main, ["reseal"])
    assert (sealed.exit_code, sealed.output) == (
        0,
        "sealed: 0 passwords, 0 API keys, 0 HMAC keys, 0 seeds, 0 Pact scopes\n",
    )


@pytest.fixture
def settings_in_words() -> dict[str, Any]:
    return {"_env_file": None, "database_url": "sqlite:///:memory:"}


@pytest.mark.parametrize("key", ["00", "z" * 64, f"{SECRET_KEY},short"])
def test_a_key_is_32_bytes_in_hex(settings_in_words: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match="32 bytes in hex"):
        Settings(**settings_in_words, secret_key=key)
