"""What a start does to the database, and when it refuses to start."""

from pathlib import Path

import pytest

from alfred_mock.control.demo import DEMO_COMPANY
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Environment, Settings
from alfred_mock.main import create_app
from tests.support import LOGIN, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

STAGING = Environment.STAGING


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
    settings = Settings(_env_file=None, database_url=database_url, environment=STAGING)
    assert await _ping(settings) == 401


async def test_staging_refuses_a_database_with_the_demo_credentials(database_url: str) -> None:
    await _ping(Settings(_env_file=None, database_url=database_url))
    with pytest.raises(Refusal, match="ALFRED_MOCK_DEMO=true"):
        await _ping(Settings(_env_file=None, database_url=database_url, environment=STAGING))


async def test_staging_refuses_a_seed_with_the_demo_credentials_and_loads_nothing_of_it(
    tmp_path: Path, database_url: str
) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(SeedDocument(companies=[DEMO_COMPANY]).model_dump_json())
    settings = Settings(_env_file=None, database_url=database_url, environment=STAGING)
    with pytest.raises(Refusal, match=r"seed\.json gives credentials of the demo company"):
        await _ping(settings.model_copy(update={"seed": seed}))
    assert await _ping(settings) == 401


async def test_staging_serves_the_demo_company_when_told_to(database_url: str) -> None:
    settings = Settings(_env_file=None, database_url=database_url, environment=STAGING, demo=True)
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


async def _revision(url: str) -> str | None:
    database = create_app(Settings(_env_file=None, database_url=url)).services.database
    await database.open()
    try:
        return await database.revision()
    finally:
        await database.close()
