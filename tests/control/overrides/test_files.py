"""Files whose status, tag and values a tester has set."""

from typing import Any

import httpx
import pytest

from alfred_mock.alfred.processing.pipeline import FileStatus
from alfred_mock.control.seed.document import parse_seed
from alfred_mock.main import Application
from tests.alfred.calls import (
    FILE,
    JOB,
    NOON,
    VALUES_OF_FILE,
    get,
    job_of_files,
    job_of_session,
    new_session,
    upload,
)
from tests.control.admin import SEED, stop_clock
from tests.support import COMPANY, UNKNOWN_ID, client_of

pytestmark = pytest.mark.anyio

FILES = "/__admin/files"
TAGS: dict[str, Any] = {
    "tags": [
        {"name": "RECIBO", "data_points": [{"name": "rnc", "value": "1"}, {"name": "monto"}]},
        {"name": "CONTRATO", "data_points": [{"name": "partes", "value": "A, B"}]},
    ],
    "rules": [{"file_name": "dudosa*", "classification_score": 0.5, "confirmed": False}],
}


async def _answer(app: Application, file_id: str, asked: Any) -> httpx.Response:
    async with client_of(app) as admin:
        return await admin.patch(f"{FILES}/{file_id}", json=asked)


async def _patch(app: Application, file_id: str, **asked: Any) -> Any:
    answer = await _answer(app, file_id, asked)
    assert answer.status_code == 200, answer.text
    async with client_of(app) as admin:
        parse_seed((await admin.get(SEED)).json(), source="export")
    return answer.json()


async def _file(app: Application, client: httpx.AsyncClient, name: str = "a.pdf") -> str:
    async with client_of(app) as admin:
        answer = await admin.put(SEED, json=TAGS, params={"company": COMPANY})
    assert answer.status_code == 200, answer.text
    job = await job_of_files(client, name)
    return str((await get(client, JOB, job))["files"][0]["id"])


async def _values(client: httpx.AsyncClient, file_id: str) -> dict[str, tuple[str, float]]:
    return {
        value["metadata_name"]: (value["value"], value["classification_score"])
        for value in await get(client, VALUES_OF_FILE, file_id)
    }


@pytest.mark.parametrize("status", list(FileStatus))
async def test_a_file_stands_still_where_it_is_put(
    app: Application, client: httpx.AsyncClient, status: FileStatus
) -> None:
    file = await _file(app, client)
    shown = await _patch(app, file.upper(), status=status)
    assert shown["status"] == status
    assert await get(client, FILE, file) == shown
    assert bool(await _values(client, file)) == (status in ("extracted", "finished"))
    assert (await _patch(app, file, status=None))["status"] == "finished"


async def test_another_tag_comes_with_its_own_values(
    app: Application, client: httpx.AsyncClient
) -> None:
    file = await _file(app, client)
    shown = await _patch(app, file, tag="CONTRATO")
    assert (shown["tag_name"], shown["classification_score"]) == ("CONTRATO", 0.95)
    assert await _values(client, file) == {"partes": ("A, B", 0.95)}


async def test_values_are_replaced(app: Application, client: httpx.AsyncClient) -> None:
    file = await _file(app, client)
    await _patch(app, file, values={"monto": "12.50"})
    assert await _values(client, file) == {"monto": ("12.50", 0.95)}
    await _patch(app, file, tag="RECIBO")
    assert await _values(client, file) == {"monto": ("12.50", 0.95)}
    await _patch(app, file, tag="CONTRATO", values={"partes": "C\nD"}, classification_score=0.25)
    assert await _values(client, file) == {"partes": ("C\nD", 0.25)}
    await _patch(app, file, values={})
    assert await _values(client, file) == {}


async def test_a_score_by_itself_leaves_the_rest(
    app: Application, client: httpx.AsyncClient
) -> None:
    file = await _file(app, client, "dudosa.pdf")
    shown = await _patch(app, file, classification_score=0.125)
    assert (shown["tag_name"], shown["classification_score"]) == ("RECIBO", 0.125)
    assert await _values(client, file) == {"rnc": ("1", 0.125), "monto": ("", 0.125)}
    tag = shown["tag_id"]
    assert await get(client, "/api/report/tag", tag) == []  # still not confirmed


async def test_a_tag_can_be_taken_away_and_given_back(
    app: Application, client: httpx.AsyncClient
) -> None:
    file = await _file(app, client)
    shown = await _patch(app, file, tag=None)
    assert (shown["tag_id"], shown["tag_name"], shown["classification_score"]) == (None, None, 0)
    assert await _values(client, file) == {}
    shown = await _patch(app, file, tag="RECIBO")
    assert (shown["tag_name"], shown["classification_score"]) == ("RECIBO", 0.95)


async def test_a_change_is_one_of_the_file(app: Application, client: httpx.AsyncClient) -> None:
    await stop_clock(app, NOON)
    file = await _file(app, client)
    before = await get(client, FILE, file)
    await stop_clock(app, NOON + 1_000)
    assert await _patch(app, file) == before
    shown = await _patch(app, file, status="ocr")
    assert shown["update_date"] == "2023-11-14T22:13:21.000"


async def test_what_waits_in_a_session_is_processed_anew_by_its_job(
    app: Application, client: httpx.AsyncClient
) -> None:
    await _file(app, client)
    session = await new_session(client)
    file = await upload(client, session)
    shown = await _patch(app, file, tag="RECIBO", values={"rnc": "7"}, status="extracted")
    assert shown["tag_name"] == "RECIBO"
    assert await _values(client, file) == {"rnc": ("7", 0.95)}
    await _patch(app, file, status=None)
    await job_of_session(client, session)
    assert await _values(client, file) == {"rnc": ("1", 0.95), "monto": ("", 0.95)}


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"tag": "RECIBOS"}, "Field 'tag': there is no tag RECIBOS; the nearest is RECIBO."),
        (
            {"values": {"mont": "1"}},
            "Field 'values': the tag RECIBO has no data point mont; the nearest is monto.",
        ),
        ({"tag": "CONTRATO", "values": {"monto": "1"}}, "has no data point monto"),
        ({"tag": None, "values": {"monto": "1"}}, "without a tag there are no values"),
        ({"status": "lost"}, "'status' must be"),
        ({"classification_score": 2}, "'classification_score' must be"),
        ({"tags": "RECIBO"}, "has no key 'tags'; the nearest is 'tag'"),
    ],
)
async def test_what_cannot_be_is_refused(
    app: Application, client: httpx.AsyncClient, asked: Any, problem: str
) -> None:
    file = await _file(app, client)
    before = [await get(client, FILE, file), await _values(client, file)]
    answer = await _answer(app, file, asked)
    assert answer.status_code == 400
    assert problem in answer.json()["message"]
    assert [await get(client, FILE, file), await _values(client, file)] == before


async def test_an_unknown_file_is_not_found(app: Application) -> None:
    answer = await _answer(app, UNKNOWN_ID, {"status": "ocr"})
    assert answer.status_code == 404
    assert answer.json()["message"] == f"File with ID {UNKNOWN_ID} does not exist."
