"""A job's stages as a line."""

from types import SimpleNamespace
from typing import Any

import pytest

from alfred_mock.control.console.state.course import course_of

NOW = 1_000_000


def _job(**given: Any) -> SimpleNamespace:
    return SimpleNamespace(
        **{
            "outcome": "completed",
            "policy": "invalid",
            "retry_limit": 2,
            "input_source_type": "deferred_upload",
            "decompose": False,
            "progression": "manual",
            "creation_date": NOW,
            "stage_ms": 1_000,
            "step": 0,
            "stepped_at": NOW,
            "fixed_stage": None,
            **given,
        }
    )


def _line(now: int = NOW, **given: Any) -> list[tuple[str, str]]:
    return [(stop.stage, stop.when) for stop in course_of(_job(**given), now)]


@pytest.mark.parametrize(
    ("step", "whens"),
    [
        (-1, ["now", "next", "next", "next"]),
        (1, ["done", "now", "next", "next"]),
        (2, ["done", "done", "now", "next"]),
        (6, ["done", "done", "now", "next"]),
        (7, ["done", "done", "done", "now"]),
    ],
)
def test_a_job_is_at_one_stage(step: int, whens: list[str]) -> None:
    assert [when for _, when in _line(step=step)] == whens


def test_a_timed_job_goes_on_by_itself() -> None:
    assert _line(now=NOW + 1_500, progression="timed")[1] == ("started", "now")


def test_steps_within_a_stage_are_counted() -> None:
    [stop] = [each for each in course_of(_job(step=4), NOW) if each.when == "now"]
    assert (stop.steps[stop.reached - 1], stop.reached, len(stop.steps)) == ("classifying", 3, 5)


def test_tries_are_told_apart() -> None:
    stops = course_of(_job(outcome="retried", step=5), NOW)
    assert [(stop.stage, stop.retries) for stop in stops if stop.stage == "queued"] == [
        ("queued", 0),
        ("queued", 1),
    ]


def test_a_bad_end_is_marked() -> None:
    assert [stop.stage for stop in course_of(_job(outcome="failed"), NOW) if stop.is_bad] == [
        "failed"
    ]


def test_a_stage_that_was_set_is_where_the_job_stands() -> None:
    assert _line(fixed_stage="started", step=6)[1:3] == [
        ("started", "now"),
        ("in_progress", "next"),
    ]


def test_a_stage_beside_the_course_is_shown_beside_it() -> None:
    line = _line(fixed_stage="in_revision", step=6)
    assert line[-1] == ("in_revision", "now")
    assert {when for _, when in line[:-1]} == {"next"}
