"""Whose credentials a request shows, whether they hold or not."""

from typing import Any

import pytest
from sqlalchemy import update

from alfred_mock.auth.tables import AccessToken
from alfred_mock.auth.unverified import unverified_company
from alfred_mock.database import Statement
from alfred_mock.main import Application
from tests.support import API_KEY, COMPANY, HMAC_ID, LOGIN, client_of

pytestmark = pytest.mark.anyio

_EXPIRE = Statement(update(AccessToken).values(expires_at=1))


def _scope(**headers: str) -> dict[str, Any]:
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http", "path": "/", "query_string": b"", "headers": pairs}


@pytest.mark.parametrize(
    ("headers", "company"),
    [
        ({"X-TagshelfAPI-Key": API_KEY}, COMPANY),
        ({"Authorization": f"amx {HMAC_ID}:wrong:nonce:1"}, COMPANY),
        ({"Authorization": f"AMX {HMAC_ID}"}, COMPANY),
        ({"X-TagshelfAPI-Key": "unknown", "Authorization": f"amx {HMAC_ID}"}, None),
        ({"X-TagshelfAPI-Key": "\xff"}, None),
        ({"Authorization": "amx unknown:a:b:1"}, None),
        ({"Authorization": "amx"}, None),
        ({"Authorization": "Bearer never-handed-out"}, None),
        ({"Authorization": f"Basic {API_KEY}"}, None),
        ({}, None),
    ],
)
async def test_the_company_that_has_them(
    app: Application, headers: dict[str, str], company: str | None
) -> None:
    assert await unverified_company(_scope(**headers), app.services) == company


async def test_a_token_is_its_users_companys_even_when_it_has_expired(app: Application) -> None:
    async with client_of(app) as client:
        token = (await client.post("/token", data=LOGIN)).json()["access_token"]
    await app.services.database.write(_EXPIRE())
    scope = _scope(Authorization=f"Bearer {token}")
    assert await unverified_company(scope, app.services) == COMPANY


async def test_it_is_found_out_once(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    scope = _scope(**{"X-TagshelfAPI-Key": API_KEY})
    await unverified_company(scope, app.services)
    monkeypatch.setattr(app.services.database, "look_up", None)
    assert await unverified_company(scope, app.services) == COMPANY
