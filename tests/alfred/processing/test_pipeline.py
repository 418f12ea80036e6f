"""The steps of a job follow from how it was created."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import (
    CLASSIFIED,
    EXTRACTED,
    FileStatus,
    Pipeline,
    Stage,
    Step,
    pipeline,
)

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

policies = st.sampled_from([Stage.INVALID, Stage.COMPLETED])
retry_limits = st.integers(0, 10)
pipelines = st.builds(
    pipeline,
    st.sampled_from(Outcome),
    policies,
    retry_limits,
    is_remote=st.booleans(),
    decompose=st.booleans(),
)


def _pipeline(outcome: Outcome = Outcome.COMPLETED, **given: Any) -> Pipeline:
    others = {"policy": Stage.INVALID, "retry_limit": 3, "is_remote": False, "decompose": False}
    return pipeline(outcome, **{**others, **given})


def _stages(steps: Pipeline) -> list[Stage]:
    return [stage for stage, _ in itertools.groupby(step.stage for step in steps)]


def test_a_job_of_a_session_is_not_downloaded() -> None:
    assert _stages(_pipeline()) == [Stage.QUEUED, Stage.STARTED, Stage.IN_PROGRESS, Stage.COMPLETED]


def test_a_job_of_remote_files_downloads_them() -> None:
    assert _stages(_pipeline(is_remote=True)) == [
        Stage.QUEUED,
        Stage.STARTED,
        Stage.DOWNLOADING,
        Stage.DOWNLOADED,
        Stage.IN_PROGRESS,
        Stage.COMPLETED,
    ]


def test_only_a_job_that_decomposes_has_files_that_are_decomposed() -> None:
    decomposed = {FileStatus.DECOMPOSING, FileStatus.DECOMPOSED}
    plain = {step.file_status for step in _pipeline()}
    decomposing = {step.file_status for step in _pipeline(decompose=True)}
    assert decomposing - plain == decomposed


@given(st.sampled_from(Outcome), policies, retry_limits, st.booleans(), st.booleans())
def test_every_job_is_queued_first_and_ends_as_its_outcome_says(
    outcome: Outcome, policy: Stage, retry_limit: int, is_remote: bool, decompose: bool
) -> None:
    steps = pipeline(outcome, policy, retry_limit, is_remote=is_remote, decompose=decompose)
    assert steps[0] == Step(Stage.QUEUED, FileStatus.UPLOADED, 0)
    assert steps[1].stage is Stage.STARTED
    assert steps[-1].stage in _ENDS[outcome]
    finals = set(_RANKS[5:])
    assert not any(step.stage in finals for step in steps[:-1])


@pytest.mark.parametrize("outcome", [Outcome.FILE_FAILED, Outcome.DOWNLOAD_FAILED])
@pytest.mark.parametrize("policy", [Stage.INVALID, Stage.COMPLETED])
def test_the_policy_decides_what_a_failed_file_makes_of_the_job(
    outcome: Outcome, policy: Stage
) -> None:
    assert _pipeline(outcome, policy=policy)[-1].stage is policy


@given(pipelines)
def test_stages_and_statuses_only_go_back_for_another_retry(steps: Pipeline) -> None:
    for before, after in itertools.pairwise(steps):
        if after.retries == before.retries:
            assert _RANKS.index(after.stage) >= _RANKS.index(before.stage)
            if before.file_status is not after.file_status:
                assert _FILE_RANKS.index(after.file_status) > _FILE_RANKS.index(before.file_status)
        else:
            assert after == Step(Stage.QUEUED, FileStatus.UPLOADED, before.retries + 1)


@given(pipelines)
def test_no_two_steps_look_the_same(steps: Pipeline) -> None:
    assert len(set(steps)) == len(steps)


@given(st.sampled_from(Outcome), policies, retry_limits, st.booleans())
def test_a_job_is_retried_as_often_as_its_outcome_says(
    outcome: Outcome, policy: Stage, retry_limit: int, is_remote: bool
) -> None:
    steps = _pipeline(outcome, policy=policy, retry_limit=retry_limit, is_remote=is_remote)
    expected = {Outcome.RETRIED: 1, Outcome.EXCEEDED_RETRIES: retry_limit}
    assert steps[-1].retries == expected.get(outcome, 0)


def test_what_is_extracted_was_classified_and_nothing_that_failed_was_either() -> None:
    assert EXTRACTED < CLASSIFIED
    assert FileStatus.FAILED not in CLASSIFIED
    assert FileStatus.CLASSIFYING not in CLASSIFIED
    assert FileStatus.INDEXED not in EXTRACTED
