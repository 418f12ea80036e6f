"""Loading a seed is all or nothing, and twice is as good as once."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from alfred_mock.auth.tables import User
from alfred_mock.core.errors import Refusal
from alfred_mock.database import Statement
from alfred_mock.main import Application
from tests.control.seed.documents import (
    AN_OPEN_SESSION,
    FULL,
    SESSION,
    WITH_OTHER_KEY,
    everything,
    load_company,
)
from tests.support import COMPANY

pytestmark = pytest.mark.anyio

_USERS = Statement(select(User.id, User.password).where(User.user_name == "other"))


async def test_what_was_loaded_can_be_used(app: Application, client: httpx.AsyncClient) -> None:
    await load_company(app.services, **FULL)
    answer = await client.get(f"/api/deferred/detail/{SESSION}", headers=WITH_OTHER_KEY)
    assert answer.json()["creation_date"] == "2022-11-17T00:00:00.000"
    login = {"grant_type": "password", "username": "other", "password": "secret"}
    assert (await client.post("/token", data=login)).status_code == 200


async def test_loading_again_changes_nothing(app: Application) -> None:
    await load_company(app.services, **FULL)
    before = await everything(app.services)
    await load_company(app.services, **FULL)
    assert await everything(app.services) == before


async def test_a_changed_credential_is_changed_and_keeps_its_id(app: Application) -> None:
    await load_company(app.services, **FULL)
    [(before, _)] = await app.services.database.fetch(_USERS())
    user = {"user_name": "other", "password": "new"}
    await load_company(app.services, users=[user])
    assert await app.services.database.fetch(_USERS()) == [(before, "new")]


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"users": [{"user_name": "SuperTagShelf", "password": "x"}]}, "user_name SuperTagShelf"),
        ({"api_keys": [{"key": "alfred-mock-demo-key", "name": "x"}]}, "API key of x"),
        ({"hmac": [{"id": "alfred-mock-demo-id", "key": "c2VjcmV0"}]}, "HMAC id"),
    ],
)
async def test_what_belongs_to_another_company_is_refused_and_nothing_is_loaded(
    app: Application, part: dict[str, Any], problem: str
) -> None:
    before = await everything(app.services)
    with pytest.raises(Refusal, match=f"seed: the {problem}.* belongs to another company"):
        await load_company(app.services, **part)
    assert await everything(app.services) == before


async def test_a_session_of_another_company_is_refused(app: Application) -> None:
    await load_company(app.services, **FULL)
    with pytest.raises(Refusal, match=f"the deferred session {SESSION} belongs to another"):
        await load_company(app.services, COMPANY, deferred_sessions=[AN_OPEN_SESSION])
