"""A job's stages follow from how it was created and from the time, and never contradict them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import (
    CLASSIFIED,
    EXTRACTED,
    Course,
    FileStatus,
    Plan,
    Position,
    Stage,
    Step,
    position,
    status_of_file,
    steps_of,
)
from alfred_mock.core.settings import Progression

CREATED = 1_700_000_000_000
_ENDS = {
    Outcome.COMPLETED: {Stage.COMPLETED},
    Outcome.RETRIED: {Stage.COMPLETED},
    Outcome.FAILED: {Stage.FAILED},
    Outcome.EXCEEDED_RETRIES: {Stage.FAILED},
    Outcome.INVALID: {Stage.INVALID},
    Outcome.CANCELLED: {Stage.CANCELLED},
    Outcome.FILE_FAILED: {Stage.INVALID, Stage.COMPLETED},
    Outcome.DOWNLOAD_FAILED: {Stage.INVALID, Stage.COMPLETED},
}
_RANKS = [
    Stage.QUEUED,
    Stage.STARTED,
    Stage.DOWNLOADING,
    Stage.DOWNLOADED,
    Stage.IN_PROGRESS,
    *(Stage.COMPLETED, Stage.FAILED, Stage.INVALID, Stage.CANCELLED),
]
_FILE_RANKS = list(FileStatus)

plans = st.builds(
    Plan,
    outcome=st.sampled_from(Outcome),
    policy=st.sampled_from([Stage.INVALID, Stage.COMPLETED]),
    retry_limit=st.integers(0, 10),
    is_remote=st.booleans(),
    decompose=st.booleans(),
)
stage_lengths = st.integers(0, 100_000)


def _plan(outcome: Outcome = Outcome.COMPLETED, *, remote: bool = False, limit: int = 3) -> Plan:
    return Plan(outcome, Stage.INVALID, limit, is_remote=remote, decompose=False)


def _timed(stage_ms: int = 1_000) -> Course:
    return Course(Progression.TIMED, CREATED, stage_ms, step=-1, stepped_at=CREATED)


def _stages(plan: Plan) -> list[Stage]:
    return [stage for stage, _ in itertools.groupby(step.stage for step in steps_of(plan))]


def test_a_job_of_a_session_is_not_downloaded() -> None:
    assert _stages(_plan()) == [Stage.QUEUED, Stage.STARTED, Stage.IN_PROGRESS, Stage.COMPLETED]


def test_a_job_of_remote_files_downloads_them() -> None:
    assert _stages(_plan(remote=True)) == [
        Stage.QUEUED,
        Stage.STARTED,
        Stage.DOWNLOADING,
        Stage.DOWNLOADED,
        Stage.IN_PROGRESS,
        Stage.COMPLETED,
    ]


def test_only_a_job_that_decomposes_has_files_that_are_decomposed() -> None:
    decomposed = {FileStatus.DECOMPOSING, FileStatus.DECOMPOSED}
    plain = {step.file_status for step in steps_of(_plan())}
    decomposing = {step.file_status for step in steps_of(_plan()._replace(decompose=True))}
    assert decomposing - plain == decomposed


@given(plans)
def test_every_job_is_queued_first_and_ends_as_its_outcome_says(plan: Plan) -> None:
    steps = steps_of(plan)
    assert steps[0] == Step(Stage.QUEUED, FileStatus.UPLOADED, 0)
    assert steps[1].stage is Stage.STARTED
    assert steps[-1].stage in _ENDS[plan.outcome]
    finals = set(_RANKS[5:])
    assert not any(step.stage in finals for step in steps[:-1])


@pytest.mark.parametrize("outcome", [Outcome.FILE_FAILED, Outcome.DOWNLOAD_FAILED])
@pytest.mark.parametrize("policy", [Stage.INVALID, Stage.COMPLETED])
def test_the_policy_decides_what_a_failed_file_makes_of_the_job(
    outcome: Outcome, policy: Stage
) -> None:
    assert steps_of(_plan(outcome)._replace(policy=policy))[-1].stage is policy


@given(plans)
def test_stages_and_statuses_only_go_back_for_another_retry(plan: Plan) -> None:
    for before, after in itertools.pairwise(steps_of(plan)):
        if after.retries == before.retries:
            assert _RANKS.index(after.stage) >= _RANKS.index(before.stage)
            if before.file_status is not after.file_status:
                assert _FILE_RANKS.index(after.file_status) > _FILE_RANKS.index(before.file_status)
        else:
            assert after == Step(Stage.QUEUED, FileStatus.UPLOADED, before.retries + 1)


@given(plans)
def test_no_two_steps_look_the_same(plan: Plan) -> None:
    steps = steps_of(plan)
    assert len(set(steps)) == len(steps)


@given(plans)
def test_a_job_is_retried_as_often_as_its_outcome_says(plan: Plan) -> None:
    expected = {Outcome.RETRIED: 1, Outcome.EXCEEDED_RETRIES: plan.retry_limit}
    assert steps_of(plan)[-1].retries == expected.get(plan.outcome, 0)


@given(plans, stage_lengths, st.lists(st.integers(-1_000, 10_000_000), min_size=2))
def test_time_only_ever_moves_a_job_forward(plan: Plan, stage_ms: int, offsets: list[int]) -> None:
    steps = steps_of(plan)
    course = _timed(stage_ms)
    positions = [position(plan, course, CREATED + offset) for offset in sorted(offsets)]
    for before, after in itertools.pairwise(positions):
        assert steps.index(after.step) >= steps.index(before.step)
        assert after.since >= before.since


@given(plans, stage_lengths, st.integers(0, 10_000_000))
def test_a_position_says_since_when_it_is_true(plan: Plan, stage_ms: int, offset: int) -> None:
    course, now = _timed(stage_ms), CREATED + offset
    found = position(plan, course, now)
    assert CREATED <= found.since <= now
    assert position(plan, course, found.since) == found
    assert found.is_last == (found.step == steps_of(plan)[-1])


@given(plans, st.integers(1, 100_000), st.integers(-1_000, 10_000_000))
def test_a_job_has_started_once_it_is_no_longer_queued_for_the_first_time(
    plan: Plan, stage_ms: int, offset: int
) -> None:
    found = position(plan, _timed(stage_ms), CREATED + offset)
    is_waiting = found.step == steps_of(plan)[0]
    assert found.started_at == (None if is_waiting else CREATED + stage_ms)


@given(plans, st.integers(1, 100_000))
def test_each_stage_takes_as_long_as_any_other(plan: Plan, stage_ms: int) -> None:
    attempts = itertools.groupby((step.stage, step.retries) for step in steps_of(plan))
    for number, (expected, _) in enumerate(attempts):
        for now in (CREATED + number * stage_ms, CREATED + (number + 1) * stage_ms - 1):
            found = position(plan, _timed(stage_ms), now)
            assert (found.step.stage, found.step.retries) == expected


@given(plans, st.integers(0, 10_000))
def test_an_immediate_job_is_at_its_end_at_once(plan: Plan, later: int) -> None:
    course = Course(Progression.IMMEDIATE, CREATED, 60_000, step=-1, stepped_at=CREATED)
    found = position(plan, course, CREATED + later)
    assert found == Position(steps_of(plan)[-1], CREATED, CREATED, is_last=True)


@given(plans, st.integers(-1, 100), st.integers(0, 10**9))
def test_a_manual_job_is_where_it_was_moved_to_whatever_the_time(
    plan: Plan, step: int, later: int
) -> None:
    moved = CREATED + 5
    course = Course(Progression.MANUAL, CREATED, 1_000, step=step, stepped_at=moved)
    found = position(plan, course, CREATED + later)
    steps = steps_of(plan)
    assert found.step == steps[min(max(step, 0), len(steps) - 1)]
    assert found.since == moved


@given(plans, st.sampled_from(Stage), st.sampled_from(Progression), st.integers(0, 10**9))
def test_a_stage_that_was_set_stays(
    plan: Plan, stage: Stage, progression: Progression, later: int
) -> None:
    course = Course(progression, CREATED, 1_000, 3, CREATED, fixed_stage=stage)
    found = position(plan, course, CREATED + later)
    assert found.step.stage is stage
    assert (found.started_at is None) == (stage is Stage.QUEUED)


@given(plans, stage_lengths, st.integers(0, 10_000_000))
def test_a_file_that_fails_does_so_only_at_the_end(plan: Plan, stage_ms: int, offset: int) -> None:
    found = position(plan, _timed(stage_ms), CREATED + offset)
    status = status_of_file(found, fails=True, fixed=None)
    if not found.is_last or found.step.stage is Stage.CANCELLED:
        assert status == found.step.file_status
    else:
        assert status == FileStatus.FAILED


@given(plans, st.booleans(), st.sampled_from(FileStatus))
def test_a_status_that_was_set_stays(plan: Plan, fails: bool, fixed: FileStatus) -> None:
    found = position(plan, _timed(), CREATED)
    assert status_of_file(found, fails=fails, fixed=fixed.value) == fixed


def test_what_is_extracted_was_classified_and_nothing_that_failed_was_either() -> None:
    assert EXTRACTED < CLASSIFIED
    assert FileStatus.FAILED not in CLASSIFIED
    assert FileStatus.CLASSIFYING not in CLASSIFIED
    assert FileStatus.INDEXED not in EXTRACTED
