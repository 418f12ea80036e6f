"""Tags, values and reports as they are shown, on both databases."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.alfred.calls import (
    FILE,
    JOB,
    REPORT,
    VALUES_OF_FILE,
    VALUES_OF_TAG,
    WITH_OTHER_KEY,
    get,
    job_of_files,
    new_session,
    upload,
)
from tests.alfred.seeds import write_seed
from tests.support import UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

INVOICE = "6f1f5a0e-3c52-4e0e-9d0b-6d2f4e1a7c01"
RNC = "6f1f5a0e-3c52-4e0e-9d0b-6d2f4e1a7c02"
THEIRS = "6f1f5a0e-3c52-4e0e-9d0b-6d2f4e1a7c99"
TAGS: list[dict[str, Any]] = [
    {
        "id": INVOICE,
        "name": "FACTURA",
        "description": "An invoice",
        "data_points": [
            {"id": RNC, "name": "rnc", "value": "1923829"},
            {"name": "monto", "value": "390.00"},
        ],
    },
    {"name": "CONTRATO"},
]
RULES = [
    {"file_name": "*-dudosa.pdf", "values": {"monto": "1"}, "confirmed": False},
    {
        "metadata": {"source": "scanner"},
        "values": {"monto": "12.50"},
        "classification_score": 0.61,
    },
    {"file_name": "contrato-*", "tag": "CONTRATO"},
    {"file_name": "*.zip", "tag": None, "outcome": "invalid"},
]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    other = {"tags": [{"id": THEIRS, "name": "THEIRS"}]}
    seed = write_seed(tmp_path, tags=TAGS, rules=RULES, other=other)
    return Settings(_env_file=None, database_url=database_url, seed=seed)


async def _file_of_job(client: httpx.AsyncClient, *names: str, **options: Any) -> str:
    job = await get(client, JOB, await job_of_files(client, *names, **options))
    return str(job["files"][0]["id"])


async def _named(client: httpx.AsyncClient, where: str, id_: str) -> list[tuple[str, str]]:
    return [(value["metadata_name"], value["value"]) for value in await get(client, where, id_)]


async def test_all_tags_are_in_the_order_of_the_seed(client: httpx.AsyncClient) -> None:
    tags = await get(client, "/api/tag/all")
    assert tags[0] == {"id": INVOICE, "name": "FACTURA", "description": "An invoice"}
    assert [(tag["name"], tag["description"]) for tag in tags[1:]] == [("CONTRATO", None)]


async def test_a_value_has_the_fields_that_the_clients_know(client: httpx.AsyncClient) -> None:
    file_id = await _file_of_job(client, "a.pdf")
    value, _ = await get(client, VALUES_OF_FILE, file_id)
    expected = {
        "id": value["id"],
        "file_log_id": file_id,
        "metadata_id": RNC,
        "metadata_name": "rnc",
        "value": "1923829",
        "classification_score": 0.95,
    }
    assert value == expected
    assert list(value) == list(expected)


async def test_every_value_has_an_id_of_its_own_that_stays(client: httpx.AsyncClient) -> None:
    files = [await _file_of_job(client, "a.pdf") for _ in range(2)]
    ids = [value["id"] for file in files for value in await get(client, VALUES_OF_FILE, file)]
    again = [value["id"] for file in files for value in await get(client, VALUES_OF_FILE, file)]
    assert len(set(ids)) == 4
    assert ids == again


async def test_a_rule_that_fits_the_metadata_decides(client: httpx.AsyncClient) -> None:
    file_id = await _file_of_job(client, "a.pdf", metadata_of_files={"source": "scanner"})
    assert await _named(client, VALUES_OF_FILE, file_id) == [("rnc", "1923829"), ("monto", "12.50")]
    detail = await get(client, FILE, file_id)
    assert (detail["tag_id"], detail["tag_name"]) == (INVOICE, "FACTURA")
    assert detail["classification_score"] == 0.61


async def test_a_rule_fits_the_metadata_that_the_job_propagates(client: httpx.AsyncClient) -> None:
    metadata = {"source": "scanner"}
    file_id = await _file_of_job(client, "a.pdf", metadata=metadata, propagate_metadata=True)
    assert (await get(client, FILE, file_id))["classification_score"] == 0.61


async def test_a_rule_chooses_the_tag(client: httpx.AsyncClient) -> None:
    file_id = await _file_of_job(client, "CONTRATO-1.pdf")
    assert (await get(client, FILE, file_id))["tag_name"] == "CONTRATO"
    assert await get(client, VALUES_OF_FILE, file_id) == []


async def test_a_rule_may_leave_a_file_without_a_tag_and_choose_the_outcome(
    client: httpx.AsyncClient,
) -> None:
    job = await get(client, JOB, await job_of_files(client, "a.zip"))
    detail = await get(client, FILE, job["files"][0]["id"])
    assert (job["stage"], detail["tag_id"], detail["tag_name"]) == ("invalid", None, None)


async def test_a_file_without_a_job_has_no_values(client: httpx.AsyncClient) -> None:
    file_id = await upload(client, await new_session(client))
    assert await get(client, VALUES_OF_FILE, file_id) == []


async def test_a_file_that_failed_has_no_values(client: httpx.AsyncClient) -> None:
    file_id = await _file_of_job(client, "alfred-mock-file-failed.pdf")
    assert await get(client, VALUES_OF_FILE, file_id) == []


async def test_the_values_of_a_tag_are_those_of_its_files(client: httpx.AsyncClient) -> None:
    files = [await _file_of_job(client, name) for name in ("a.pdf", "b.pdf", "contrato-1.pdf")]
    await upload(client, await new_session(client), "waiting.pdf")
    values = await get(client, VALUES_OF_TAG, INVOICE)
    each = [value for file in files[:2] for value in await get(client, VALUES_OF_FILE, file)]
    assert sorted(map(str, values)) == sorted(map(str, each))


async def test_the_report_has_a_flat_row_for_each_file(client: httpx.AsyncClient) -> None:
    file_id = await _file_of_job(client, "a.pdf")
    assert await get(client, REPORT, INVOICE) == [
        {"file_id": file_id, "rnc": "1923829", "monto": "390.00"}
    ]


async def test_the_report_has_confirmed_values_only(client: httpx.AsyncClient) -> None:
    file_id = await _file_of_job(client, "a-dudosa.pdf")
    assert await _named(client, VALUES_OF_FILE, file_id) == [("rnc", "1923829"), ("monto", "1")]
    assert await get(client, REPORT, INVOICE) == []


@pytest.mark.parametrize("where", [VALUES_OF_TAG, REPORT])
async def test_a_tag_without_files_has_nothing(client: httpx.AsyncClient, where: str) -> None:
    assert await get(client, where, INVOICE) == []


@pytest.mark.parametrize("tag", [UNKNOWN_ID, THEIRS])
@pytest.mark.parametrize("where", [VALUES_OF_TAG, REPORT])
async def test_a_tag_that_is_not_the_companys_does_not_exist(
    client: httpx.AsyncClient, where: str, tag: str
) -> None:
    answer = await client.get(f"{where}/{tag}", headers=WITH_KEY)
    assert answer.status_code == 404
    assert answer.json() == {"error": "Not Found", "message": f"Tag with ID {tag} does not exist."}


async def test_values_of_a_file_that_is_not_the_companys(client: httpx.AsyncClient) -> None:
    file_id = await _file_of_job(client, "a.pdf")
    answer = await client.get(f"{VALUES_OF_FILE}/{file_id}", headers=WITH_OTHER_KEY)
    assert answer.status_code == 404
    assert answer.json()["message"] == f"File with ID {file_id} does not exist."


@pytest.mark.parametrize("where", [VALUES_OF_FILE, VALUES_OF_TAG, REPORT])
async def test_an_id_that_is_no_uuid(client: httpx.AsyncClient, where: str) -> None:
    answer = await client.get(f"{where}/xyz", headers=WITH_KEY)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Parameter 'id' must be a UUID."
