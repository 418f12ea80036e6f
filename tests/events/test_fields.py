"""The members of events say what the job and its files say of themselves."""

import json
from typing import Any

import httpx
import pytest

from alfred_mock.main import Application
from tests.alfred.calls import get, job_of_files, new_session, upload
from tests.events.listeners import listen, told
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio


async def _members(app: Application, name: str) -> list[dict[str, Any]]:
    return [json.loads(event.fields_json) for event in await told(app) if event.name == name]


async def test_an_event_has_the_metadata_and_the_urls_of_its_job(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    job_id = await job_of_files(client, "a.pdf", "b.pdf", metadata={"batch": 17})
    detail = await get(client, "/api/job/detail", job_id)
    [created] = await _members(app, "job_create")
    assert json.loads(created["metadata"]) == {"batch": 17}
    assert created["file_urls"] == detail["file_urls"]
    assert len(created["file_urls"]) == created["file_count"] == 2


async def test_the_urls_of_a_remote_upload_are_those_that_it_named(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    urls = ["https://files.test/b.pdf", "https://files.test/a.pdf"]
    await client.post("/api/file/upload", json={"urls": urls}, headers=WITH_KEY)
    [created] = await _members(app, "job_create")
    assert created["file_urls"] == urls


async def test_files_are_added_in_the_order_of_their_upload(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    session_id = await new_session(client)
    uploaded = [await upload(client, session_id, f"{name}.pdf") for name in "cabd"]
    body = {"session_id": session_id}
    await client.post("/api/job/create", json=body, headers=WITH_KEY)
    assert [event["file_id"] for event in await _members(app, "file_add_to_job")] == uploaded


async def test_a_file_is_shown_as_its_detail_shows_it(
    app: Application, client: httpx.AsyncClient
) -> None:
    await listen(app)
    job_id = await job_of_files(client, "factura.pdf")
    [file] = (await get(client, "/api/job/detail", job_id))["files"]
    detail = await get(client, "/api/file/detail", file["id"])
    [update] = await _members(app, "file_update")
    assert update["file_id"] == update["file_log_id"] == file["id"]
    assert update["blob_url"] == detail["blob_url"]
    [extracted] = await _members(app, "file_extracted_data_create")
    assert extracted["file_log_id"] == file["id"]
    assert extracted["content"] == "Extracted text of factura.pdf"
    assert extracted["provider"] == "google"
    [category] = await _members(app, "file_category_create")
    assert category["description"] == detail["tag_name"]
    assert category["confidence"] == detail["classification_score"]
    updates = await _members(app, "file_status_update")
    assert {event["manual_classification"] for event in updates} == {False}
    for event in (update, extracted, category):
        assert event["creation_date"] == f"{detail['creation_date']}Z"
