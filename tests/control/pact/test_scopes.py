"""The company of a scope: when it is made, when it goes, and whose it is."""

import asyncio

import httpx
import pytest

from alfred_mock.control.pact import scopes, tenancy
from alfred_mock.core.clock import SECOND
from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.control.pact.verifying import (
    DETAIL,
    SESSION_ID,
    STATES,
    companies,
    get,
    refused,
    scope_of,
    set_up,
    tear_down,
)
from tests.support import API_KEY, COMPANY, UNKNOWN_ID, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

WITH_DEMO_KEY = f"the API key {API_KEY} is valid"
WHO = "/api/tagshelf/who-am-i"


async def test_the_states_of_an_interaction_are_about_one_company(
    client: httpx.AsyncClient,
) -> None:
    first = await set_up(client, "a deferred session exists")
    second = await set_up(client, "a tag exists")
    assert first["company_id"] == second["company_id"]
    assert (await get(client, f"{DETAIL}/{first['session_id']}", second)).status_code == 200


async def test_interactions_do_not_see_each_other(client: httpx.AsyncClient) -> None:
    before = await set_up(client, "a deferred session exists", id=SESSION_ID)
    for _ in range(2):
        await tear_down(client)
    assert await companies(client) == [COMPANY]
    assert (await get(client, WHO, before)).status_code == 401
    after = await set_up(client, "a deferred session exists", id=SESSION_ID)
    assert after["company_id"] != before["company_id"]


async def test_scopes_do_not_see_each_other(client: httpx.AsyncClient) -> None:
    one, two = [await set_up(client, "a deferred session exists", name) for name in ("one", "two")]
    assert (await get(client, f"{DETAIL}/{one['session_id']}", two)).status_code == 404
    await tear_down(client, "one")
    assert (await get(client, f"{DETAIL}/{two['session_id']}", two)).status_code == 200


async def test_many_setups_at_once_make_one_company(client: httpx.AsyncClient) -> None:
    made = await asyncio.gather(*(set_up(client, "a tag exists") for _ in range(8)))
    assert len({values["company_id"] for values in made}) == 1
    assert len(await companies(client)) == 2


async def test_nothing_is_made_where_no_state_is_given(client: httpx.AsyncClient) -> None:
    assert await set_up(client, "") == {}
    assert await companies(client) == [COMPANY]


async def test_a_company_with_the_key_is_adopted_and_stays(client: httpx.AsyncClient) -> None:
    mine = (await client.post("/api/deferred/create", headers=WITH_KEY)).json()["session_id"]
    values = await set_up(client, WITH_DEMO_KEY)
    assert (values["company_id"], values["api_key"]) == (COMPANY, API_KEY)
    assert values["user_name"] == "SuperTagShelf"
    session = await set_up(client, "a deferred session exists", id=SESSION_ID)
    job = await set_up(client, "a job exists")
    file = await set_up(client, "a file exists", session_id=SESSION_ID, tag="CONTRATO")
    user = await set_up(client, "a logged-in user", user_name="Ana")
    await set_up(client, "the API key another-literal-key is valid")
    await set_up(client, "requests fail", path="/api/job/*")
    await set_up(client, "it is 2022-11-17")
    assert session["company_id"] == COMPANY
    await tear_down(client)
    for path in (
        f"{DETAIL}/{SESSION_ID}",
        f"{DETAIL}/{job['session_id']}",
        f"/api/job/detail/{job['job_id']}",
        f"/api/file/detail/{file['file_id']}",
    ):
        assert (await client.get(path, headers=WITH_KEY)).status_code == 404, path
    bearer = {"Authorization": f"Bearer {user['access_token']}"}
    assert (await client.get(WHO, headers=bearer)).status_code == 401
    other = {"X-TagshelfAPI-Key": "another-literal-key"}
    assert (await client.get(WHO, headers=other)).status_code == 401
    assert (await client.get("/__admin/clock", params={"company": COMPANY})).json()["offset_s"] == 0
    assert "CONTRATO" not in (await client.get("/api/tag/all", headers=WITH_KEY)).text
    assert (await client.get(f"{DETAIL}/{mine}", headers=WITH_KEY)).status_code == 200


async def test_what_an_adopted_company_had_is_not_replaced(client: httpx.AsyncClient) -> None:
    seed = {
        "deferred_sessions": [],
        "jobs": [{"id": UNKNOWN_ID, "creation_date": "2022-11-17", "user_name": "Ana"}],
    }
    await client.put("/__admin/seed", params={"company": COMPANY}, json=seed)
    await set_up(client, WITH_DEMO_KEY)
    said = f"Job with ID {UNKNOWN_ID} is the company's own, and no state replaces it."
    assert await refused(client, f"a job with ID {UNKNOWN_ID} exists") == (409, said)
    await tear_down(client)
    job = await client.get(f"/api/job/detail/{UNKNOWN_ID}", headers=WITH_KEY)
    assert job.status_code == 200


async def test_one_scope_at_a_time_has_a_company(client: httpx.AsyncClient) -> None:
    await set_up(client, WITH_DEMO_KEY, scope="one")
    before = await set_up(client, "a tag exists", scope="two")
    said = "The API key is one of the company of another scope."
    assert await refused(client, WITH_DEMO_KEY, scope="two") == (409, said)
    assert (await get(client, WHO, before)).status_code == 200
    await tear_down(client, "one")
    await set_up(client, WITH_DEMO_KEY, scope="two")


async def test_two_scopes_that_adopt_at_once_do_not_both(client: httpx.AsyncClient) -> None:
    asked = {"state": WITH_DEMO_KEY}
    answers = await asyncio.gather(
        *(client.post(STATES, params={"scope": f"{n}"}, json=asked) for n in range(4))
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [200, 409, 409, 409]


async def test_a_key_of_nobody_becomes_the_companys(client: httpx.AsyncClient) -> None:
    values = await set_up(client, "the API key {key} is valid", key="literal-key-of-a-contract")
    caller = {"X-TagshelfAPI-Key": "literal-key-of-a-contract"}
    answer = await client.get(WHO, headers=caller)
    assert answer.json()["company_id"] == values["company_id"] != COMPANY
    await set_up(client, "The API key 'literal-key-of-a-contract' is valid.")
    await tear_down(client)
    assert (await client.get(WHO, headers=caller)).status_code == 401


async def test_what_is_idle_is_removed_after_ten_minutes(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(client, WITH_DEMO_KEY, scope="adopted")
    await set_up(client, "a deferred session exists", scope="adopted", id=SESSION_ID)
    await set_up(client, "a deferred session of another company exists", scope="made")
    now = app.services.clock.real()
    monkeypatch.setattr(
        app.services.clock, "real", lambda: now + (tenancy.IDLE_SECONDS - 1) * SECOND
    )
    await set_up(client, "a tag exists", scope="made")
    assert len(await companies(client)) == 3
    monkeypatch.setattr(
        app.services.clock, "real", lambda: now + (tenancy.IDLE_SECONDS + 1) * SECOND
    )
    await set_up(client, "")
    detail = await client.get(f"{DETAIL}/{SESSION_ID}", headers=WITH_KEY)
    assert detail.status_code == 404
    assert len(await companies(client)) == 3
    monkeypatch.setattr(app.services.clock, "real", lambda: now + 2 * tenancy.IDLE_SECONDS * SECOND)
    assert await companies(client) == [COMPANY]
    monkeypatch.setattr(
        app.services.clock, "real", lambda: now + 2 * tenancy.FORGET_SECONDS * SECOND
    )
    await set_up(client, "")
    assert await scopes.list_scopes(app.services) == []


async def test_a_scope_goes_on_without_a_company_that_was_removed(
    client: httpx.AsyncClient,
) -> None:
    before = await set_up(client, "a tag exists")
    await client.delete(f"/__admin/companies/{before['company_id']}")
    after = await set_up(client, "a tag exists")
    assert (await get(client, WHO, after)).status_code == 200


async def test_a_scope_is_forgotten(client: httpx.AsyncClient) -> None:
    await set_up(client, "a tag exists", scope="one")
    await refused(client, "nothing exists", scope="one")
    shown = await scope_of(client, "one")
    assert (shown["adopted"], shown["last_failure"]["status"]) == (False, 404)
    for _ in range(2):
        assert (await client.delete(STATES, params={"scope": "one"})).json() == {}
    assert (await client.get(STATES)).json()["scopes"] == []
    assert await companies(client) == [COMPANY]


async def test_replicas_share_the_scopes(postgres_url: str) -> None:
    settings = Settings(_env_file=None, database_url=postgres_url)
    async with (
        application(create_app(settings)) as first,
        application(create_app(settings)) as second,
        client_of(first) as one,
        client_of(second) as two,
    ):
        values = await set_up(one, "a deferred session exists", id=SESSION_ID)
        await set_up(two, "requests fail", method="POST", status=418)
        assert (await get(two, f"{DETAIL}/{SESSION_ID}", values)).status_code == 200
        headers = {"X-TagshelfAPI-Key": values["api_key"]}
        assert (await one.post("/api/deferred/create", headers=headers)).status_code == 418
        await tear_down(two)
        assert (await get(one, WHO, values)).status_code == 401
        assert await companies(one) == [COMPANY]
