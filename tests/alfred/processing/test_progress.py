"""Where a job is follows from its row and from the time, which never contradict each other."""

import itertools
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import FileStatus, Stage
from alfred_mock.alfred.processing.progress import (
    DEFERRED,
    PROGRESS,
    REMOTE,
    Position,
    pipeline_of,
    position_of,
    status_of_file,
)
from alfred_mock.core.settings import Progression

CREATED = 1_700_000_000_000

jobs = st.builds(
    SimpleNamespace,
    outcome=st.sampled_from([outcome.value for outcome in Outcome]),
    policy=st.sampled_from(["invalid", "completed"]),
    retry_limit=st.integers(0, 10),
    input_source_type=st.sampled_from([DEFERRED, REMOTE]),
    decompose=st.sampled_from([0, 1]),
)
stage_lengths = st.integers(0, 100_000)


def _moving(job: SimpleNamespace, progression: Progression, **given: Any) -> SimpleNamespace:
    """The row of the job with the columns that say how it moves."""
    columns = {
        "progression": progression.value,
        "creation_date": CREATED,
        "stage_ms": 1_000,
        "step": -1,
        "stepped_at": CREATED,
        "fixed_stage": None,
    }
    return SimpleNamespace(**vars(job), **{**columns, **given})


def _timed(job: SimpleNamespace, stage_ms: int = 1_000) -> SimpleNamespace:
    return _moving(job, Progression.TIMED, stage_ms=stage_ms)


@given(jobs)
def test_these_are_the_columns_that_are_selected(job: SimpleNamespace) -> None:
    assert set(PROGRESS.names) == vars(_timed(job)).keys()


@given(jobs, stage_lengths, st.lists(st.integers(-1_000, 10_000_000), min_size=2))
def test_time_only_ever_moves_a_job_forward(
    job: SimpleNamespace, stage_ms: int, offsets: list[int]
) -> None:
    steps = pipeline_of(job)
    job = _timed(job, stage_ms)
    positions = [position_of(job, CREATED + offset) for offset in sorted(offsets)]
    for before, after in itertools.pairwise(positions):
        assert steps.index(after.step) >= steps.index(before.step)
        assert after.since >= before.since


@given(jobs, stage_lengths, st.integers(0, 10_000_000))
def test_a_position_says_since_when_it_is_true(
    job: SimpleNamespace, stage_ms: int, offset: int
) -> None:
    job, now = _timed(job, stage_ms), CREATED + offset
    found = position_of(job, now)
    assert CREATED <= found.since <= now
    assert position_of(job, found.since) == found
    assert found.is_last == (found.step == pipeline_of(job)[-1])


@given(jobs, st.integers(1, 100_000), st.integers(-1_000, 10_000_000))
def test_a_job_has_started_once_it_is_no_longer_queued_for_the_first_time(
    job: SimpleNamespace, stage_ms: int, offset: int
) -> None:
    found = position_of(_timed(job, stage_ms), CREATED + offset)
    is_waiting = found.step == pipeline_of(job)[0]
    assert found.started_at == (None if is_waiting else CREATED + stage_ms)


@given(jobs, st.integers(1, 100_000))
def test_each_stage_takes_as_long_as_any_other(job: SimpleNamespace, stage_ms: int) -> None:
    attempts = itertools.groupby((step.stage, step.retries) for step in pipeline_of(job))
    for number, (expected, _) in enumerate(attempts):
        for now in (CREATED + number * stage_ms, CREATED + (number + 1) * stage_ms - 1):
            found = position_of(_timed(job, stage_ms), now)
            assert (found.step.stage, found.step.retries) == expected


@given(jobs, st.integers(0, 10_000))
def test_an_immediate_job_is_at_its_end_at_once(job: SimpleNamespace, later: int) -> None:
    job = _moving(job, Progression.IMMEDIATE, stage_ms=60_000)
    found = position_of(job, CREATED + later)
    assert found == Position(pipeline_of(job)[-1], CREATED, CREATED, is_last=True)


@given(jobs, st.integers(-1, 100), st.integers(0, 10**9))
def test_a_manual_job_is_where_it_was_moved_to_whatever_the_time(
    job: SimpleNamespace, step: int, later: int
) -> None:
    moved = CREATED + 5
    job = _moving(job, Progression.MANUAL, step=step, stepped_at=moved)
    found = position_of(job, CREATED + later)
    steps = pipeline_of(job)
    assert found.step == steps[min(max(step, 0), len(steps) - 1)]
    assert found.since == moved


@given(jobs, st.sampled_from(Stage), st.sampled_from(Progression), st.integers(0, 10**9))
def test_a_stage_that_was_set_stays(
    job: SimpleNamespace, stage: Stage, progression: Progression, later: int
) -> None:
    job = _moving(job, progression, step=3, fixed_stage=stage.value)
    found = position_of(job, CREATED + later)
    assert found.step.stage is stage
    assert (found.started_at is None) == (stage is Stage.QUEUED)


@given(jobs, stage_lengths, st.integers(0, 10_000_000))
def test_a_file_that_fails_does_so_only_at_the_end(
    job: SimpleNamespace, stage_ms: int, offset: int
) -> None:
    found = position_of(_timed(job, stage_ms), CREATED + offset)
    status = status_of_file(SimpleNamespace(fails=True, fixed_status=None), found)
    if not found.is_last or found.step.stage is Stage.CANCELLED:
        assert status == found.step.file_status
    else:
        assert status == FileStatus.FAILED


@given(jobs, st.booleans(), st.sampled_from(FileStatus))
def test_a_status_that_was_set_stays(job: SimpleNamespace, fails: bool, fixed: FileStatus) -> None:
    found = position_of(_timed(job), CREATED)
    file = SimpleNamespace(fails=fails, fixed_status=fixed.value)
    assert status_of_file(file, found) is fixed
    assert status_of_file(file, None) is fixed


def test_a_file_without_a_job_waits() -> None:
    file = SimpleNamespace(fails=True, fixed_status=None)
    assert status_of_file(file, None) is FileStatus.UPLOADED
