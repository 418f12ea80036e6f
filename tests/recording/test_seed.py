"""A seed is made of what was seen, also where that is not all."""

import json
from typing import Any

import pytest

from alfred_mock.conformance.exchange import Answer, Request
from alfred_mock.control.seed.document import parse_seed
from alfred_mock.recording.exchanges import Exchange
from alfred_mock.recording.reduction import Reduction
from alfred_mock.recording.seed import SeedMaker
from alfred_mock.recording.stand_ins import StandIns
from alfred_mock.recording.state import State

SESSION, JOB, FILE = (f"0f767925-b464-4ffa-b621-1a0aeacad2{end}" for end in ("57", "58", "59"))
DATE = "2024-05-13T17:41:20.133"


def _seen(route: str, content: Any, *, status: int = 200, body: bytes = b"") -> Exchange:
    method, _, path = route.partition(" ")
    answer = Answer(status, (), json.dumps(content).encode())
    return Exchange(0, 1, Request(method, path, {}, body), answer, route)


def _job(**told: Any) -> Exchange:
    file = {"id": FILE, "file_name": "a.pdf", "creation_date": DATE, "status": "finished"}
    job = {"id": JOB, "creation_date": DATE, "user_name": "Key", "files": [file], **told}
    return _seen("GET /api/job/detail/{id}", job)


def _made(*exchanges: Exchange) -> tuple[dict[str, Any], list[str]]:
    """The company of the seed and the notes; it must be a seed that can be read."""
    state = State()
    for exchange in exchanges:
        state.add(exchange)
    maker = SeedMaker(state, Reduction(StandIns("salt")))
    document = maker.document()
    parse_seed(document, source="seed.yaml")
    (company,) = document["companies"]
    return company, maker.notes


def test_nothing_makes_a_company_to_begin_with() -> None:
    company, notes = _made()
    assert (company["jobs"], company["files"], notes) == ([], [], [])
    assert "tags" not in company


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"stage": "completed"}, {}),
        ({"stage": "failed"}, {"outcome": "failed"}),
        ({"stage": "invalid"}, {"outcome": "invalid"}),
        ({"stage": "cancelled"}, {"outcome": "cancelled"}),
        ({"stage": "failed", "exceeded_retries": True}, {"outcome": "exceeded_retries"}),
        ({"stage": "in_progress"}, {"stage": "in_progress"}),
        ({"stage": "completed", "merge": True}, {"merge": True}),
    ],
)
def test_a_job_is_where_it_was_seen_last(told: dict[str, Any], expected: dict[str, Any]) -> None:
    company, _ = _made(_job(**told))
    (job,) = company["jobs"]
    shown = {k: job[k] for k in ("outcome", "stage", "merge", "policy") if k in job}
    assert shown == expected


def test_a_stage_that_the_double_does_not_know_is_left_out() -> None:
    company, notes = _made(_job(stage="melting"))
    assert "stage" not in company["jobs"][0]
    assert notes == [f"{company['jobs'][0]['id']}: stage melting is not known, and left out"]


def test_a_file_that_failed_fails_again() -> None:
    file = {"id": FILE, "file_name": "a.pdf", "creation_date": DATE, "status": "failed"}
    company, _ = _made(_job(stage="invalid", files=[file]))
    assert company["files"][0]["fails"] is True
    assert (company["jobs"][0]["outcome"], company["jobs"][0]["policy"]) == (
        "file_failed", "invalid",
    )  # fmt: skip


def test_a_job_brings_the_session_that_it_closed() -> None:
    company, _ = _made(_job(stage="completed", deferred_session_id=SESSION))
    (session,) = company["deferred_sessions"]
    assert (session["status"], session["job_id"]) == ("closed", company["jobs"][0]["id"])
    assert company["files"][0]["deferred_session_id"] == session["id"]


def test_a_file_that_belongs_nowhere_is_left_out_and_noted() -> None:
    detail = {"id": FILE, "file_name": "a.pdf", "creation_date": DATE}
    company, notes = _made(_seen("GET /api/file/detail/{id}", detail))
    assert company["files"] == []
    assert notes[0].endswith("left out, its session and job are not known")


def test_what_failed_says_nothing() -> None:
    company, _ = _made(_seen("GET /api/job/detail/{id}", {"id": JOB}, status=404))
    assert company["jobs"] == []


@pytest.mark.parametrize(
    "content", [None, [], "text", 7, {}, {"id": 7}, {"id": JOB, "files": [None, {"id": None}]}]
)
@pytest.mark.parametrize(
    "route",
    ["GET /api/job/detail/{id}", "GET /api/job/all", "GET /api/tag/all", "POST /api/job/create",
     "POST /api/deferred/create", "GET /api/values/file/{id}", "POST /api/file/uploadfile"],
)  # fmt: skip
def test_nothing_that_a_server_answers_is_too_odd(route: str, content: Any) -> None:
    _made(_seen(route, content, body=b'{"session_id": []}'))


@pytest.mark.parametrize(
    ("told", "is_noted"),
    [
        ({"creation_date": "yesterday"}, False),
        ({"creation_date": 7}, False),
        ({"priority": "urgent"}, True),
        ({"input_source_type": "fax"}, True),
        ({"channel": "x" * 5_000}, True),
        ({"user_name": 7}, False),
        ({"stage": 7}, False),
        ({"deferred_session_id": "no id"}, False),
        ({"deferred_session_id": 7}, False),
    ],
)
def test_what_no_seed_can_say_is_left_out(told: dict[str, Any], is_noted: bool) -> None:
    company, notes = _made(_job(**told))
    assert len(company["jobs"]) == 1
    assert bool(notes) == is_noted


@pytest.mark.parametrize("date", ["2024-05-13T17:41:20.13", "2024-05-13T17:41:20"])
def test_dates_are_taken_as_alfred_writes_them(date: str) -> None:
    company, _ = _made(_job(creation_date=date))
    assert company["jobs"][0]["creation_date"] == date
