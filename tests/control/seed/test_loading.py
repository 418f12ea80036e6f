"""Loading a seed is all or nothing, and twice is as good as once."""

import httpx
import pytest
from sqlmodel import select

from alfred_mock.auth.models import User
from alfred_mock.control.seed.files import parse_seed
from alfred_mock.control.seed.loading import load
from alfred_mock.core.database import Rows, Statement
from alfred_mock.core.errors import Refusal
from alfred_mock.core.services import Services
from alfred_mock.main import AlfredMock
from alfred_mock.tables import metadata
from tests.support import COMPANY

pytestmark = pytest.mark.anyio

OTHER = "386e2ed0-3626-4faa-a745-8ebf3488fbd7"
SESSION = "486e2ed0-3626-4faa-a745-8ebf3488fbd7"
DOCUMENT = {
    "companies": [
        {
            "id": OTHER,
            "name": "Other",
            "users": [{"user_name": "other", "password": "secret"}],
            "api_keys": [{"key": "other-key", "name": "Other Key"}],
            "hmac": [{"id": "other-id", "key": "c2VjcmV0"}],
            "deferred_sessions": [
                {"id": SESSION, "creation_date": "2022-11-17T00:00:00.000", "user_name": "other"}
            ],
        }
    ]
}
_USERS = Statement(select(User.id, User.password).where(User.user_name == "other"))
_TABLES = [
    Statement(select(*metadata.tables[table].c).order_by(metadata.tables[table].c.id))
    for table in ("company", "account_user", "api_key", "hmac_pair", "deferred_session")
]


async def _everything(services: Services) -> list[Rows]:
    return [await services.database.fetch(table()) for table in _TABLES]


async def _load(services: Services, document: object) -> None:
    await load(services, parse_seed(document, source="seed"), source="seed")


async def test_what_was_loaded_can_be_used(app: AlfredMock, client: httpx.AsyncClient) -> None:
    await _load(app.services, DOCUMENT)
    headers = {"X-TagshelfAPI-Key": "other-key"}
    answer = await client.get(f"/api/deferred/detail/{SESSION}", headers=headers)
    assert answer.json()["creation_date"] == "2022-11-17T00:00:00.000"
    login = {"grant_type": "password", "username": "other", "password": "secret"}
    assert (await client.post("/token", data=login)).status_code == 200


async def test_loading_again_changes_nothing(app: AlfredMock) -> None:
    await _load(app.services, DOCUMENT)
    before = await _everything(app.services)
    await _load(app.services, DOCUMENT)
    assert await _everything(app.services) == before


async def test_a_changed_credential_is_changed_and_keeps_its_id(app: AlfredMock) -> None:
    await _load(app.services, DOCUMENT)
    [(before, _)] = await app.services.database.fetch(_USERS())
    user = {"user_name": "other", "password": "new"}
    await _load(app.services, {"companies": [{"id": OTHER, "name": "Other", "users": [user]}]})
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
    app: AlfredMock, part: dict[str, object], problem: str
) -> None:
    before = await _everything(app.services)
    with pytest.raises(Refusal, match=f"seed: the {problem}.* belongs to another company"):
        await _load(app.services, {"companies": [{"id": OTHER, "name": "Other", **part}]})
    assert await _everything(app.services) == before


async def test_a_session_of_another_company_is_refused(app: AlfredMock) -> None:
    await _load(app.services, DOCUMENT)
    sessions = DOCUMENT["companies"][0]["deferred_sessions"]
    with pytest.raises(Refusal, match=f"the deferred session {SESSION} belongs to another"):
        await _load(
            app.services,
            {"companies": [{"id": COMPANY, "name": "Demo", "deferred_sessions": sessions}]},
        )
