"""What is told of a job's course, for each way in which one can go."""

from types import SimpleNamespace

import pytest

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.progress import pipeline_of
from alfred_mock.alfred.tables import File, Job
from alfred_mock.core.settings import Progression
from alfred_mock.database.rows import row_of
from alfred_mock.events.fields import Happening
from alfred_mock.events.recording import due_of
from alfred_mock.events.telling import Course
from tests.alfred.calls import NOON

COMPANY = "286e2ed0-3626-4faa-a745-8ebf3488fbd7"
FIRST = "46e49a9f-6422-495e-ae38-2d44bc5ab05f"
SECOND = "57e49a9f-6422-495e-ae38-2d44bc5ab05f"


def _job(**given: object) -> SimpleNamespace:
    row = {
        "id": "d25d6570-49e2-4171-9219-2eb2296281cb",
        "company_id": COMPANY,
        "creation_date": NOON,
        "stepped_at": NOON,
        "user_name": "API Key 1",
        "input_source_type": "deferred_upload",
        "metadata_objects_count": 0,
        "file_sources_count": 1,
        "outcome": Outcome.COMPLETED,
        "policy": "invalid",
        "retry_limit": 2,
        "progression": Progression.IMMEDIATE,
        "stage_ms": 1_000,
        **given,
    }
    return SimpleNamespace(**row_of(Job, **row), company_name="Demo Company")


def _file(id_: str = FIRST, **given: object) -> SimpleNamespace:
    row = {
        "id": id_,
        "company_id": COMPANY,
        "job_id": "d25d6570-49e2-4171-9219-2eb2296281cb",
        "creation_date": NOON,
        "update_date": NOON,
        "uploaded_name": "factura.pdf",
        "file_name": "factura.pdf",
        "content_type": "application/pdf",
        "file_size": 1,
        "md5_hash": "",
        "tag_id": "f7382410-b790-58fe-b5bb-27434d554bfc",
        "tag_name": "FACTURA",
        "classification_score": 0.95,
        **given,
    }
    return SimpleNamespace(**row_of(File, **row))


def _told(*files: SimpleNamespace, first: bool = False, **job: object) -> list[Happening]:
    course = Course(_job(**job), list(files or [_file()]), first)
    return list(due_of(course, NOON + 10**9, None))


def _words(told: list[Happening]) -> list[str]:
    """Each event with the stage or the status that it tells."""
    return [
        " ".join(
            [
                event.name,
                *(
                    str(event.fields[key])
                    for key in ("stage", "file_status")
                    if key in event.fields
                ),
            ]
        )
        for event in told
    ]


CREATED = ["job_create", "file_add_to_job", "job_stage_update started", "job_start"]
READ = [
    "job_stage_update in_progress",
    "file_status_update pre_processing",
    "file_status_update ocr",
]
CLASSIFIED = [
    "file_status_update classifying",
    "file_extracted_data_create",
    "file_status_update indexing",
    "file_category_create",
    "file_update",
    "file_move",
    "file_status_update extracted",
]
DONE = [
    "file_status_update finished",
    "file_done finished",
    "job_stage_update completed",
    "job_finished",
]


def test_a_job_that_completes() -> None:
    assert _words(_told()) == [*CREATED, *READ, *CLASSIFIED, *DONE]


def test_a_job_may_tell_its_end_before_its_files_do() -> None:
    told = _words(_told(first=True))
    assert told[-4:] == [*DONE[2:], *DONE[:2]]


def test_a_file_that_no_tag_fits_moves_to_no_tag() -> None:
    told = _told(_file(tag_id=None, tag_name=None, classification_score=0.0))
    (deleted,) = [event for event in told if event.name == "file_category_delete"]
    (moved,) = [event for event in told if event.name == "file_move"]
    assert (deleted.fields["description"], deleted.fields["confidence"]) == ("No Tag", 0.0)
    assert moved.fields["new_file_directory"] == "No Tag"
    assert "file_category_create" not in _words(told)


def test_a_file_moves_from_the_jobs_prefix_to_its_tag() -> None:
    (moved,) = [event for event in _told(parent_file_prefix="2026") if event.name == "file_move"]
    assert moved.fields["previous_file_directory"] == "2026"
    assert moved.fields["new_file_directory"] == "FACTURA"


FAILED_FILE = [
    "file_status_update failed",
    "file_failed failed",
    "file_move",
]


def test_a_job_that_fails() -> None:
    told = _told(outcome=Outcome.FAILED)
    assert _words(told) == [*CREATED, *READ, *FAILED_FILE, "job_failed"]
    assert told[-1].fields["error_messages"] == ["The job could not be processed."]
    assert told[-2].fields["new_file_directory"] == "Failed"


def test_a_job_that_is_invalid() -> None:
    told = _told(outcome=Outcome.INVALID)
    assert _words(told) == [*CREATED, *READ[:2], *FAILED_FILE, "job_invalid"]
    assert told[-1].fields["has_broken_input_sources"] is False


def test_a_job_that_is_cancelled_moves_its_files_to_pending() -> None:
    told = _words(_told(_file(), _file(SECOND), outcome=Outcome.CANCELLED))
    assert told[-3:] == [
        *["file_move_to_pending"] * 2,
        "job_stage_update cancelled",
    ]


def test_a_job_that_is_tried_again_starts_anew() -> None:
    told = _told(outcome=Outcome.RETRIED)
    again = ["job_retry", "job_stage_update queued", "file_status_update uploaded"]
    assert _words(told) == [
        *(*CREATED, *READ, *again, *CREATED[2:], *READ, *CLASSIFIED, *DONE),
    ]
    (retry,) = [event for event in told if event.name == "job_retry"]
    assert retry.fields["retries"] == 1
    assert retry.fields["error_messages"] == ["The job is tried again."]


def test_a_job_that_exceeds_its_retries_says_so_before_it_fails() -> None:
    told = _told(outcome=Outcome.EXCEEDED_RETRIES)
    assert [event.name for event in told[-2:]] == ["job_exceeded_retries", "job_failed"]
    assert [event.fields["retries"] for event in told if event.name == "job_retry"] == [1, 2]
    assert told[-1].fields["exceeded_retries"] is True
    assert told[-1].fields["retries"] == 2


def test_a_file_that_fails_shows_the_tag_that_it_had() -> None:
    told = _told(_file(fails=True), _file(SECOND), outcome=Outcome.FILE_FAILED, policy="completed")
    (failed,) = [event for event in told if event.name == "file_failed"]
    assert failed.file_id == FIRST
    assert failed.fields["tag_name"] == "FACTURA"
    assert failed.fields["classification_status"] == "pending_review"
    assert failed.fields["error_messages"] == ["A file of the job could not be processed."]
    assert told[-1].name == "job_finished"


def test_a_download_that_fails_makes_a_job_with_broken_sources() -> None:
    told = _told(
        _file(fails=True), outcome=Outcome.DOWNLOAD_FAILED, input_source_type="remote_upload"
    )
    assert _words(told) == [
        *CREATED,
        "job_stage_update downloading",
        *FAILED_FILE,
        "job_invalid",
    ]
    assert told[-1].fields["has_broken_input_sources"] is True
    assert told[-1].fields["error_messages"] == ["A file of the job could not be downloaded."]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pre_processing", "pending"),
        ("classifying", "in progress"),
        ("indexing", "complete"),
        ("finished", "complete"),
    ],
)
def test_the_status_of_the_classification_follows_the_files(status: str, expected: str) -> None:
    (event,) = [event for event in _told() if event.fields.get("file_status") == status][:1]
    assert event.fields["classification_status"] == expected


def test_the_tag_is_not_told_before_the_file_is_classified() -> None:
    told = [event for event in _told() if event.name == "file_status_update"]
    tags = {event.fields["file_status"]: event.fields["tag_name"] for event in told}
    assert tags["classifying"] is None
    assert tags["indexing"] == "FACTURA"


def test_events_of_a_timed_job_occur_when_its_steps_begin() -> None:
    told = _told(progression=Progression.TIMED)
    assert told[0].occurred_at == NOON
    assert told[2].occurred_at == NOON + 1_000
    assert told[-1].occurred_at == NOON + 3_000
    assert len(pipeline_of(_job())) == 8
