"""No column is forgotten: not by a body that should fill it, nor by an answer that shows it."""

from types import SimpleNamespace

import pytest
from pydantic import BaseModel
from sqlmodel import SQLModel

from alfred_mock.alfred.deferred_sessions.schemas import SessionDetail
from alfred_mock.alfred.files.schemas import FileDetail
from alfred_mock.alfred.jobs.repository import _detail
from alfred_mock.alfred.jobs.schemas import JobCreate, JobDetail
from alfred_mock.alfred.processing.progress import PROGRESS
from alfred_mock.alfred.remote_uploads.schemas import RemoteUpload
from alfred_mock.alfred.tables import DeferredSession, File, Job
from alfred_mock.database.rows import row_of

_UNDER_OTHER_NAMES = {
    "session_id": "deferred_session_id",
    "metadata": "metadata_json",
    "file_name": "remote_file_name",
    "file_names": "remote_file_names_json",
    "url": "file_urls_json",
    "urls": "file_urls_json",
}


@pytest.mark.parametrize("body", [JobCreate, RemoteUpload])
def test_every_field_of_a_body_that_makes_a_job_has_a_column(body: type[BaseModel]) -> None:
    columns = {_UNDER_OTHER_NAMES.get(name, name) for name in body.model_fields}
    assert columns <= Job.model_fields.keys()


@pytest.mark.parametrize(
    ("table", "answer", "others"),
    [
        (DeferredSession, SessionDetail, set()),
        (
            Job,
            JobDetail,
            {
                *PROGRESS.names,
                "page_rotation",  # shown as `decomposed_page_rotation`
                "metadata_json",
                "remote_file_names_json",
                "file_urls_json",
                *("told_steps", "tells_at"),  # how far its events have come
            },
        ),
        (
            File,
            FileDetail,
            {
                *("job_id", "position", "fails", "fixed_status"),
                *("directory", "properties_json"),  # only events show them
                "uploaded_name",  # processing looks at it
                "metadata_json",
            },
        ),
    ],
)
def test_every_column_is_shown_or_of_another_use(
    table: type[SQLModel], answer: type[BaseModel], others: set[str]
) -> None:
    assert table.model_fields.keys() - answer.model_fields.keys() <= others


def test_every_field_of_a_job_is_made_of_its_columns() -> None:
    id_ = "0f767925-b464-4ffa-b621-1a0aeacad257"
    row = row_of(
        Job,
        id=id_,
        company_id=id_,
        creation_date=0,
        user_name="x",
        input_source_type="remote_upload",
        metadata_objects_count=0,
        file_sources_count=0,
        outcome="completed",
        policy="invalid",
        retry_limit=0,
        progression="immediate",
        stage_ms=0,
        stepped_at=0,
    )
    job = _detail(SimpleNamespace(**row), [], 0).model_dump()
    same = {name for name in Job.model_fields if name in job and name != "creation_date"}
    assert {name: job[name] for name in same} == {name: row[name] for name in same}
    assert job["creation_date"] == job["update_date"] == "1970-01-01T00:00:00.000"
