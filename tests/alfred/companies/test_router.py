"""The caller's company: itself, its tags, its cloud information."""

from pathlib import Path

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.alfred.calls import OTHER_COMPANY, WITH_OTHER_KEY, get
from tests.alfred.seeds import write_seed
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

CLOUDINFO = {
    "external_classifier_id": None,
    "account_name": "Tagshelf",
    "account_key": "********",
    "job_retry_limit": 3,
    "invalid_on_failed_fetch": True,
    "invalid_on_failed_file": True,
    "decompose_email_files": False,
    "file_retry_limit": 4,
    "web_hook_url": "",
    "duplicate_policy": "new_file_new_name",
    "maintenance_window_start_day": "sunday",
    "maintenance_window_duration": 0.5,
    "maintenance_window_start_time": "00:00:00",
    "maintenance_window_end_time": "00:30:00",
    "maintenance_window_time_zone": "UTC",
    "model_type": "external",
    "current_model_id": None,
    "character_error_rate": 0.1,
    "word_error_rate": 0.1,
    "omen_providers": "google",
    "supported_file_extensions": "png, jpeg, pdf, tiff",
    "chat_widget_name": "",
    "chat_widget_socket_url": "",
    "chat_widget_socket_path": "",
    "is_chat_widget_enabled": False,
    "creation_date": "2024-12-03T18:42:22.067",
    "update_date": "2025-05-22T15:36:47.497",
}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    other = {"cloudinfo": {"account_name": "Theirs", "job_retry_limit": 0}}
    seed = write_seed(tmp_path, other=other)
    return Settings(_env_file=None, database_url=database_url, seed=seed)


async def test_a_caller_has_one_company(client: httpx.AsyncClient) -> None:
    assert await get(client, "/api/account/companies") == [{"id": COMPANY, "name": "Demo Company"}]


@pytest.mark.parametrize("company_id", [COMPANY, COMPANY.upper()])
async def test_its_tags_are_those_of_the_account(
    client: httpx.AsyncClient, company_id: str
) -> None:
    tags = await get(client, "/api/account/tags", company_id)
    assert [(tag["name"], tag["description"]) for tag in tags] == [("FACTURA", None)]
    assert tags == await get(client, "/api/tag/all")


@pytest.mark.parametrize("company_id", [OTHER_COMPANY, UNKNOWN_ID])
async def test_another_company_does_not_exist(client: httpx.AsyncClient, company_id: str) -> None:
    answer = await client.get(f"/api/account/tags/{company_id}", headers=WITH_KEY)
    assert answer.status_code == 404
    assert answer.json()["message"] == f"Company with ID {company_id} does not exist."


async def test_a_company_id_that_is_no_uuid(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/account/tags/xyz", headers=WITH_KEY)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Parameter 'company_id' must be a UUID."


async def test_cloud_information_is_the_documented_example(client: httpx.AsyncClient) -> None:
    info = await get(client, "/api/company/cloudinfo")
    expected = {"id": info["id"], "company_id": COMPANY, **CLOUDINFO}
    assert info == expected
    assert list(info) == list(expected)


async def test_cloud_information_says_what_the_seed_says(client: httpx.AsyncClient) -> None:
    info = await get(client, "/api/company/cloudinfo", headers=WITH_OTHER_KEY)
    changed = {"company_id": OTHER_COMPANY, "account_name": "Theirs", "job_retry_limit": 0}
    assert info == {**CLOUDINFO, "id": info["id"], **changed}


async def test_cloud_information_has_an_id_that_stays(client: httpx.AsyncClient) -> None:
    infos = [await get(client, "/api/company/cloudinfo") for _ in range(2)]
    other = await get(client, "/api/company/cloudinfo", headers=WITH_OTHER_KEY)
    assert infos[0]["id"] == infos[1]["id"] != other["id"]
