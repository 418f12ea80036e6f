"""What a start does to the database, and when it refuses to start."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from alfred_mock.control.demo import DEMO_COMPANY
from alfred_mock.control.seed.company import CloudinfoSeed, CompanySeed
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.control.seed.tags import RuleSeed, TagSeed
from alfred_mock.control.startup import demo_beside
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Environment, Progression, Settings
from alfred_mock.main import create_app
from tests.control.admin import SEED
from tests.control.seed.documents import rows_of
from tests.support import COMPANY, LOGIN, SECRET_KEY, UNKNOWN_ID, WITH_KEY, application, client_of

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.anyio

STAGING = Environment.STAGING
TESTER = {"Authorization": "Bearer only-for-testers"}


async def _ping(settings: Settings) -> int:
    app = create_app(settings)
    async with application(app), client_of(app) as client:
        return (await client.get("/api/tagshelf/ping", headers=WITH_KEY)).status_code


async def test_the_demo_company_is_there_from_the_first_start(database_url: str) -> None:
    settings = Settings(_env_file=None, database_url=database_url)
    app = create_app(settings)
    async with application(app), client_of(app) as client:
        assert (await client.get("/api/tagshelf/ping", headers=WITH_KEY)).status_code == 200
        assert (await client.post("/token", data=LOGIN)).status_code == 200


async def test_staging_has_no_demo_company(database_url: str) -> None:
    settings = Settings(
        _env_file=None, database_url=database_url, environment=STAGING, secret_key=(SECRET_KEY,)
    )
    assert await _ping(settings) == 401


async def test_staging_refuses_a_database_with_the_demo_credentials(database_url: str) -> None:
    await _ping(Settings(_env_file=None, database_url=database_url))
    with pytest.raises(Refusal, match="ALFRED_MOCK_DEMO=true"):
        await _ping(
            Settings(
                _env_file=None,
                database_url=database_url,
                environment=STAGING,
                secret_key=(SECRET_KEY,),
            )
        )


async def test_staging_refuses_a_seed_with_the_demo_credentials_and_loads_nothing_of_it(
    tmp_path: Path, database_url: str
) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"companies": [DEMO_COMPANY]}))
    settings = Settings(
        _env_file=None, database_url=database_url, environment=STAGING, secret_key=(SECRET_KEY,)
    )
    with pytest.raises(Refusal, match=r"seed\.json gives credentials of the demo company"):
        await _ping(settings.model_copy(update={"seed": seed}))
    assert await _ping(settings) == 401


class TestInStaging:
    """No door lets the demo credentials into a server that runs already."""

    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(
            _env_file=None,
            database_url=database_url,
            environment=STAGING,
            secret_key=(SECRET_KEY,),
            admin_token="only-for-testers",
        )

    @pytest.mark.parametrize("part", ["users", "api_keys", "hmac"])
    @pytest.mark.parametrize("door", ["seed", "part", "company"])
    async def test_each_door_is_closed(
        self, client: httpx.AsyncClient, part: str, door: str
    ) -> None:
        given = {part: DEMO_COMPANY[part]}
        if door == "company":
            answer = await client.post("/__admin/companies", json={"seed": given}, headers=TESTER)
        else:
            made = (await client.post("/__admin/companies", headers=TESTER)).json()
            company = {"company": made["id"]} if door == "part" else {}
            whole = {"companies": [{"id": made["id"], "name": "Mine", **given}]}
            answer = await client.put(
                SEED, json=given if company else whole, params=company, headers=TESTER
            )
        assert answer.status_code == 400
        assert "ALFRED_MOCK_DEMO=true" in answer.json()["message"]
        assert (await client.get("/api/tagshelf/ping", headers=WITH_KEY)).status_code == 401
        assert (await client.post("/token", data=LOGIN)).status_code == 400

    async def test_a_seed_that_was_stored_before_does_not_bring_them_back(
        self, settings: Settings
    ) -> None:
        local = settings.model_copy(update={"environment": Environment.LOCAL})
        app = create_app(local)
        async with application(app), client_of(app) as client:
            for kind, value in (
                ("api_key", DEMO_COMPANY["api_keys"][0]["key"]),
                ("hmac_id", DEMO_COMPANY["hmac"][0]["id"]),
                ("user_name", DEMO_COMPANY["users"][0]["user_name"]),
            ):
                path = "/__admin/credentials/remove"
                answer = await client.post(path, json={kind: value}, headers=TESTER)
                assert answer.status_code == 200
        app = create_app(settings)
        async with application(app), client_of(app) as client:
            answer = await client.post("/__admin/reset", headers=TESTER)
            assert answer.status_code == 200
            ping = await client.get("/api/tagshelf/ping", headers=WITH_KEY)
            assert ping.status_code == 401


async def test_staging_serves_the_demo_company_when_told_to(database_url: str) -> None:
    settings = Settings(
        _env_file=None,
        database_url=database_url,
        environment=STAGING,
        demo=True,
        secret_key=(SECRET_KEY,),
    )
    assert await _ping(settings) == 200


async def test_a_new_sqlite_file_is_migrated(sqlite_url: str) -> None:
    assert await _ping(Settings(_env_file=None, database_url=sqlite_url)) == 200


async def test_postgres_is_migrated_only_when_told_to(empty_postgres_url: str) -> None:
    with pytest.raises(Refusal, match=r"no schema yet.* or start with --migrate"):
        await _ping(Settings(_env_file=None, database_url=empty_postgres_url))
    assert (
        await _ping(Settings(_env_file=None, database_url=empty_postgres_url, migrate=True)) == 200
    )


async def test_a_bad_seed_refuses_to_start_before_anything_is_touched(
    tmp_path: Path, sqlite_url: str
) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text('{"companys": []}')
    with pytest.raises(Refusal, match="the nearest is companies"):
        await _ping(Settings(_env_file=None, database_url=sqlite_url, seed=seed))
    assert await _revision(sqlite_url) is None


async def test_the_demo_company_has_the_documented_tag(database_url: str) -> None:
    settings = Settings(_env_file=None, database_url=database_url)
    assert await _tags_of_the_demo_company(settings) == ["FACTURA"]


@pytest.mark.parametrize(("tags", "names"), [([{"name": "RECIBO"}], ["RECIBO"]), ([], [])])
async def test_the_demo_company_of_a_seed_has_the_tags_of_the_seed_alone(
    tmp_path: Path, database_url: str, tags: list[object], names: list[str]
) -> None:
    seed = tmp_path / "seed.json"
    company = {"id": COMPANY, "name": "Demo", "tags": tags, "progression": "manual"}
    seed.write_text(json.dumps({"companies": [company]}))
    settings = Settings(_env_file=None, database_url=database_url, seed=seed)
    assert await _tags_of_the_demo_company(settings) == names
    assert await _tags_of_the_demo_company(settings) == names


async def test_the_example_can_be_loaded_where_the_demo_company_is_already(
    database_url: str,
) -> None:
    settings = Settings(_env_file=None, database_url=database_url)
    assert await _tags_of_the_demo_company(settings) == ["FACTURA"]
    example = settings.model_copy(update={"seed": ROOT / "examples" / "documented.yaml"})
    assert sorted(await _tags_of_the_demo_company(example)) == ["CONTRATO", "FACTURA"]


async def test_a_seed_with_other_companies_leaves_the_demo_company_as_it_is() -> None:
    seed = SeedDocument(companies=[CompanySeed(id=UNKNOWN_ID, name="Other", tags=[])])
    assert [json.loads(text) for text in demo_beside(seed).as_given()] == [DEMO_COMPANY]


async def test_the_demo_company_is_processed_as_its_seed_says_from_the_first_moment() -> None:
    own = CompanySeed(
        id=COMPANY,
        name="Renamed",
        progression=Progression.MANUAL,
        stage_seconds=2,
        cloudinfo=CloudinfoSeed(job_retry_limit=1),
        tags=[TagSeed(name="RECIBO")],
        rules=[RuleSeed(tag="RECIBO")],
    )
    [demo] = demo_beside(None).companies
    [described] = demo_beside(SeedDocument(companies=[own])).companies
    assert described.model_dump() == {
        **own.model_dump(),
        **demo.model_dump(include={"name", "users", "api_keys", "hmac"}),
    }


async def test_a_restart_brings_back_the_demo_company_that_was_changed(database_url: str) -> None:
    settings = Settings(_env_file=None, database_url=database_url)
    user = {**DEMO_COMPANY["users"][0], "password": "new"}
    changed = {"users": [user], "tags": [{"name": "RECIBO"}]}
    for asked, status in (({}, 200), (changed, 400), ({}, 200)):
        app = create_app(settings)
        async with application(app), client_of(app) as client:
            if asked:
                await client.put("/__admin/seed", json=asked, params={"company": COMPANY})
            assert (await client.post("/token", data=LOGIN)).status_code == status
    assert await _tags_of_the_demo_company(settings) == ["RECIBO", "FACTURA"]


@pytest.mark.parametrize("options", ["", "demo=False"])
def test_a_start_that_loads_nothing_needs_no_format_of_seeds(sqlite_url: str, options: str) -> None:
    first = _modules_after_a_start(sqlite_url, "")
    assert "alfred_mock.control.seed.loading" in first
    later = {"alfred_mock.control.seed.export", "alfred_mock.control.api", "yaml", "tomllib"}
    assert not first & later
    again = _modules_after_a_start(sqlite_url, options)
    assert not {name for name in again if name.startswith("alfred_mock.control.seed")}


def _modules_after_a_start(url: str, options: str) -> set[str]:
    code = f"""
        import asyncio, sys
        from alfred_mock.core.settings import Settings
        from alfred_mock.main import create_app

        async def start():
            app = create_app(Settings(_env_file=None, database_url={url!r}, {options}))
            async with app.router.lifespan_context(app):
                print(*sys.modules)

        asyncio.run(start())
    """
    printed = subprocess.check_output([sys.executable, "-c", dedent(code)], text=True)
    return set(printed.split())


async def _tags_of_the_demo_company(settings: Settings) -> list[str]:
    app = create_app(settings)
    async with application(app):
        return [row["name"] for row in await rows_of(app.services, "tag", COMPANY)]


async def _revision(url: str) -> str | None:
    database = create_app(Settings(_env_file=None, database_url=url)).services.database
    await database.open()
    try:
        return (await database.schema()).revision
    finally:
        await database.close()
