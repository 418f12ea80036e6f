"""Calls of verifiers: in a body and in the query, with either token, and what fails."""

import base64
import logging
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import JournalMode, Settings
from alfred_mock.main import Application
from tests.control.pact.verifying import DETAIL, SESSION_ID, STATES, refused, scope_of, set_up
from tests.support import API_KEY

pytestmark = pytest.mark.anyio

TOKEN = "only-for-testers"
JOURNAL = "/__admin/requests"


def basic(password: str, user: str = "anything") -> dict[str, str]:
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


class TestWithToken:
    """The way in, where the control API has a token."""

    @pytest.fixture
    def settings(self, sqlite_url: str) -> Settings:
        return Settings(_env_file=None, database_url=sqlite_url, admin_token=TOKEN)

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Authorization": f"Bearer {TOKEN}"}, 200),
            (basic(TOKEN), 200),
            (basic(TOKEN, user=""), 200),
            ({}, 401),
            (basic("wrong"), 401),
            (basic("", user=TOKEN), 401),
            ({"Authorization": "Basic only-for-testers"}, 401),
            ({"Authorization": "Basic /w=="}, 401),
        ],
    )
    async def test_the_token_is_a_bearer_or_a_password(
        self, client: httpx.AsyncClient, headers: dict[str, str], status: int
    ) -> None:
        for answer in (
            await client.post(STATES, headers=headers, json={"state": ""}),
            await client.get(STATES, headers=headers),
        ):
            assert answer.status_code == status

    async def test_it_is_a_password_nowhere_else(self, client: httpx.AsyncClient) -> None:
        for path in ("/__admin/companies", f"{STATES}/x"):
            assert (await client.get(path, headers=basic(TOKEN))).status_code == 401

    async def test_the_token_of_one_company_is_none_for_states(
        self, client: httpx.AsyncClient
    ) -> None:
        all_of_them = {"Authorization": f"Bearer {TOKEN}"}
        made = (await client.post("/__admin/companies", headers=all_of_them)).json()
        for headers in (
            {"Authorization": f"Bearer {made['admin_token']}"},
            basic(made["admin_token"]),
        ):
            answer = await client.post(STATES, headers=headers, json={"state": "a company"})
            assert answer.status_code == 403


async def test_a_call_may_be_in_the_query(client: httpx.AsyncClient) -> None:
    query = {
        "scope": "one",
        "state": "a deferred session exists",
        "action": "setup",
        "id": SESSION_ID,
        "files": "2",
    }
    values = (await client.post(STATES, params=query)).json()
    headers = {"X-TagshelfAPI-Key": values["api_key"]}
    path = f"{DETAIL}/{SESSION_ID}"
    assert (await client.get(path, headers=headers)).status_code == 200
    assert (await client.post(STATES, params={**query, "action": "teardown"})).json() == {}
    assert (await client.get(path, headers=headers)).status_code == 401


async def test_objects_in_a_query_are_json(client: httpx.AsyncClient) -> None:
    query = {"state": "values were extracted", "values": '{"monto":"12.50"}'}
    assert (await client.post(STATES, params=query)).status_code == 200


@pytest.mark.parametrize("body", [{"state": "a company"}, {"state": "a company", "params": None}])
async def test_only_the_state_need_be_given(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await client.post(STATES, json={**body, "consumer": "x"})).status_code == 200


@pytest.mark.parametrize(
    ("query", "content", "said"),
    [
        ("", b"", "Parameter 'state' is required."),
        ("", b"[]", "Parameter 'body' must be a JSON object."),
        ("", b"{", "Parameter 'body' must be a JSON object."),
        ("", b'{"state": 7}', "Parameter 'state' must be a valid string."),
        ("", b'{"state": "\\ud800"}', "Parameter 'state' must be a valid string"),
        (
            "",
            b'{"state": "x", "action": "stop"}',
            "Parameter 'action' must be 'setup' or 'teardown'.",
        ),
        ("", b'{"state": "x", "params": []}', "Parameter 'params' must be a valid dictionary."),
        ("?scop=x", b'{"state": ""}', "Parameter 'scop' is not known; the nearest is 'scope'."),
        ("?scope=", b'{"state": ""}', "Parameter 'scope' "),
        ("?state=x&state=y", b"", "Parameter 'state' is given more than once."),
    ],
)
async def test_what_is_no_call_is_refused(
    client: httpx.AsyncClient, query: str, content: bytes, said: str
) -> None:
    answer = await client.post(STATES + query, content=content)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(said)


async def test_a_failure_is_told_on_stderr_in_the_journal_and_in_the_catalogue(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await refused(client, f"the api-key {API_KEY} exists", scope="one", password="secret")
    (line,) = [record.message for record in caplog.records if record.name == "alfred_mock"]
    nearest = "the nearest is 'a deferred session exists'"
    assert nearest in line
    assert API_KEY not in line
    failure = (await scope_of(client, "one"))["last_failure"]
    assert (failure["action"], failure["status"]) == ("setup", 404)
    assert nearest in failure["message"]
    query = {"path": STATES, "anonymous": "true"}
    (entry,) = (await client.get(JOURNAL, params=query)).json()["requests"]
    assert (entry["method"], entry["status"], entry["query"]) == ("POST", 404, "scope=one")
    assert nearest in entry["reason"]
    assert API_KEY not in str(entry)
    assert "secret" not in entry["body"]


async def test_what_goes_well_is_in_no_journal(client: httpx.AsyncClient) -> None:
    await set_up(client, "a company")
    assert (await client.get(f"{JOURNAL}/count")).json() == {"count": 0}


async def test_a_journal_that_is_off_stays_off(app: Application, client: httpx.AsyncClient) -> None:
    settings = app.services.settings.model_copy(update={"journal": JournalMode.OFF})
    object.__setattr__(app.services, "settings", settings)
    await refused(client, "nothing exists")
    await app.control.recorder.flush()
    object.__setattr__(
        app.services, "settings", settings.model_copy(update={"journal": JournalMode.ON})
    )
    assert (await client.get(f"{JOURNAL}/count")).json() == {"count": 0}
