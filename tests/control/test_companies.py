"""Companies made and removed over HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from alfred_mock.core.clock import from_wire
from alfred_mock.core.settings import Settings
from alfred_mock.database import Statement
from alfred_mock.main import Application, create_app
from alfred_mock.tables import metadata
from tests.auth.vectors import amx
from tests.support import ORIGIN, UNKNOWN_ID, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

COMPANIES = "/__admin/companies"


async def test_each_of_its_credentials_works_at_once(client: httpx.AsyncClient) -> None:
    made = (await client.post(COMPANIES, json={"name": "Mine"})).json()
    assert made["name"] == "Mine"
    login = {"grant_type": "password", **_login(made)}
    token = (await client.post("/token", data=login)).json()["access_token"]
    url = f"{ORIGIN}/api/tagshelf/who-am-i"
    pair, now = made["hmac"], int(time.time())
    signed = amx(pair["id"], pair["key"], "GET", url, nonce="one", timestamp=now)
    for headers in (
        {"X-TagshelfAPI-Key": made["api_key"]},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": signed},
    ):
        answer = await client.get("/api/tagshelf/who-am-i", headers=headers)
        assert answer.json()["company_id"] == made["id"]


def _login(made: dict[str, dict[str, str]]) -> dict[str, str]:
    return {"username": made["user"]["user_name"], "password": made["user"]["password"]}


async def test_nothing_need_be_said_about_it(client: httpx.AsyncClient) -> None:
    for answer in (await client.post(COMPANIES), await client.post(COMPANIES, json={})):
        assert answer.status_code == 200
        assert answer.json()["name"]


async def test_many_made_at_once_are_all_different(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(COMPANIES) for _ in range(20)))
    made = [answer.json() for answer in answers]
    for key in ("id", "api_key", "name"):
        assert len({company[key] for company in made}) == 20


async def test_it_starts_with_what_its_seed_says(client: httpx.AsyncClient) -> None:
    seed = {"tags": [{"name": "CONTRATO", "data_points": [{"name": "parte", "value": "A"}]}]}
    made = (await client.post(COMPANIES, json={"seed": seed})).json()
    headers = {"X-TagshelfAPI-Key": made["api_key"]}
    tags = (await client.get("/api/tag/all", headers=headers)).json()
    assert [tag["name"] for tag in tags] == ["CONTRATO"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"seed": {"tag": []}}, "the nearest is tags"),
        ({"seed": {"id": UNKNOWN_ID}}, "seed.id"),
        ({"seed": {"users": "nobody"}}, "must be a list"),
        ({"seed": {"api_keys": [{"key": "alfred-mock-demo-key"}]}}, "another company"),
        ({"title": "x"}, "title"),
        ({"name": ""}, "name"),
    ],
)
async def test_a_body_that_cannot_be_is_refused_and_leaves_nothing(
    app: Application, client: httpx.AsyncClient, body: object, said: str
) -> None:
    count = Statement(text("SELECT count(*) FROM company"))
    before = await app.services.database.fetch(count())
    answer = await client.post(COMPANIES, json=body)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert await app.services.database.fetch(count()) == before


async def test_a_removed_company_leaves_nothing_behind(
    app: Application, client: httpx.AsyncClient
) -> None:
    made = (await client.post(COMPANIES)).json()
    headers = {"X-TagshelfAPI-Key": made["api_key"]}
    session_id = (await client.post("/api/deferred/create", headers=headers)).json()["session_id"]
    form = {"session_id": session_id}
    files = {"file": ("a.pdf", b"x", "application/pdf")}
    await client.post("/api/file/uploadfile", headers=headers, data=form, files=files)
    await client.post("/api/job/create", headers=headers, json=form)
    await client.put("/__admin/clock", json={"company": made["id"], "offset_s": 5})
    assert (await client.delete(f"{COMPANIES}/{made['id']}")).json() == {}
    assert (await client.get("/api/tagshelf/ping", headers=headers)).status_code == 401
    assert (await client.get("/api/tagshelf/ping", headers=WITH_KEY)).status_code == 200
    for table in metadata.tables.values():
        if "company_id" in table.c:
            count = Statement(text(f"SELECT count(*) FROM {table.name} WHERE company_id = :id"))  # noqa: S608
            assert await app.services.database.fetch(count(id=made["id"])) == [(0,)], table.name


async def test_companies_are_listed_without_their_secrets(client: httpx.AsyncClient) -> None:
    before = (await client.get(COMPANIES)).json()["companies"]
    made = (await client.post(COMPANIES, json={"name": "Mine"})).json()
    lasting = (await client.post(COMPANIES, json={"name": "Ours", "ttl_s": 3600})).json()
    answer = await client.get(COMPANIES)
    listed = answer.json()["companies"]
    assert len(listed) == len(before) + 2
    by_id = {company["id"]: company for company in listed}
    shown = by_id[made["id"]]
    assert set(shown) == {"id", "name", "created", "expires"}
    assert (shown["name"], shown["expires"]) == ("Mine", None)
    ours = by_id[lasting["id"]]
    lives = from_wire(ours["expires"]) - from_wire(ours["created"])
    assert abs(lives - 3_600_000) < 60_000
    assert made["api_key"] not in answer.text
    assert "Demo Company" in [company["name"] for company in before]


async def test_a_company_is_removed_after_its_time(
    app: Application, client: httpx.AsyncClient
) -> None:
    short = (await client.post(COMPANIES, json={"ttl_s": 0.05})).json()
    lasting = (await client.post(COMPANIES, json={"ttl_s": 3600})).json()
    headers = {"X-TagshelfAPI-Key": short["api_key"]}
    # A clock of its own does not make it live longer.
    await client.put("/__admin/clock", json={"company": lasting["id"], "now": "2999-01-01T00:00"})
    await asyncio.sleep(0.1)
    listed = (await client.get(COMPANIES)).json()["companies"]
    ids = [company["id"] for company in listed]
    assert short["id"] not in ids
    assert lasting["id"] in ids
    assert (await client.get("/api/tagshelf/ping", headers=headers)).status_code == 401
    for table in metadata.tables.values():
        if "company_id" in table.c:
            count = Statement(text(f"SELECT count(*) FROM {table.name} WHERE company_id = :id"))  # noqa: S608
            assert await app.services.database.fetch(count(id=short["id"])) == [(0,)], table.name


async def test_a_call_about_a_company_whose_time_is_over_finds_none(
    client: httpx.AsyncClient,
) -> None:
    made = (await client.post(COMPANIES, json={"ttl_s": 0.05})).json()
    await asyncio.sleep(0.1)
    answer = await client.delete("/__admin/clock", params={"company": made["id"]})
    assert answer.status_code == 404


async def test_a_reset_or_a_seed_makes_no_company_live_longer(client: httpx.AsyncClient) -> None:
    made = (await client.post(COMPANIES, json={"ttl_s": 3600})).json()

    async def end() -> str:
        listed = (await client.get(COMPANIES)).json()["companies"]
        return next(str(c["expires"]) for c in listed if c["id"] == made["id"])

    before = await end()
    await client.post("/__admin/reset", json={"company": made["id"]})
    seed = (await client.get("/__admin/seed", params={"company": made["id"]})).json()
    await client.put("/__admin/seed", json=seed)
    assert await end() == before


@pytest.mark.parametrize("ttl_s", [0, -1, "60", True, 31_536_001])
async def test_a_time_to_live_is_some_seconds(client: httpx.AsyncClient, ttl_s: object) -> None:
    answer = await client.post(COMPANIES, json={"ttl_s": ttl_s})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Parameter 'ttl_s' ")


async def test_a_company_that_is_not_there_cannot_be_removed(client: httpx.AsyncClient) -> None:
    assert (await client.delete(f"{COMPANIES}/{UNKNOWN_ID}")).status_code == 404
    assert (await client.delete(f"{COMPANIES}/xyz")).status_code == 400


class TestReplicas:
    """What was done through one replica holds on the other when it is answered."""

    @pytest.fixture
    def settings(self, postgres_url: str) -> Settings:
        return Settings(_env_file=None, database_url=postgres_url)

    @pytest.fixture
    async def other(self, app: Application, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
        async with application(create_app(settings)) as replica, client_of(replica) as client:
            yield client

    async def test_credentials_come_and_go_everywhere(
        self, client: httpx.AsyncClient, other: httpx.AsyncClient
    ) -> None:
        for _ in range(10):
            made = (await client.post(COMPANIES)).json()
            headers = {"X-TagshelfAPI-Key": made["api_key"]}
            assert (await other.get("/api/tagshelf/ping", headers=headers)).status_code == 200
            await client.delete(f"{COMPANIES}/{made['id']}")
            assert (await other.get("/api/tagshelf/ping", headers=headers)).status_code == 401

    async def test_a_clock_is_set_everywhere(
        self, client: httpx.AsyncClient, other: httpx.AsyncClient
    ) -> None:
        for year in range(2001, 2011):
            await client.put("/__admin/clock", json={"now": f"{year}-01-01T00:00:00"})
            assert (await other.get("/__admin/clock")).json()["now"].startswith(f"{year}-01-01")

    async def test_a_time_to_live_ends_everywhere_and_once(
        self, client: httpx.AsyncClient, other: httpx.AsyncClient
    ) -> None:
        made = [(await client.post(COMPANIES, json={"ttl_s": 0.2})).json() for _ in range(5)]
        await asyncio.sleep(0.4)
        calls = (http.get(COMPANIES) for _ in range(5) for http in (client, other))
        answers = await asyncio.gather(*calls)
        assert {answer.status_code for answer in answers} == {200}
        for company in made:
            headers = {"X-TagshelfAPI-Key": company["api_key"]}
            for http in (client, other):
                assert (await http.get("/api/tagshelf/ping", headers=headers)).status_code == 401
