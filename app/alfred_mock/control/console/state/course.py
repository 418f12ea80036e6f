"""A job's stages as a line: what has passed, what is now, what is still to come."""

from itertools import groupby
from types import SimpleNamespace
from typing import NamedTuple

from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.alfred.processing.progress import index_of, pipeline_of, position_of
from alfred_mock.core.clock import Instant

_BAD = frozenset((Stage.FAILED, Stage.INVALID, Stage.CANCELLED))


class Stop(NamedTuple):
    """A stage on the line."""

    stage: str
    when: str
    """`done`, `now` or `next`."""
    is_bad: bool
    """Whether the job ends badly here."""
    retries: int
    steps: tuple[str, ...]
    """The statuses that its files go through in it."""
    reached: int
    """How many of these they have come to."""


def course_of(job: SimpleNamespace, now: Instant) -> list[Stop]:
    """The stages in their order; a stage that a tester has set may stand beside the others."""
    steps = pipeline_of(job)
    position = position_of(job, now)
    at = index_of(job, now)
    is_beside = False
    if job.fixed_stage is not None:
        passed = [index for index, step in enumerate(steps) if step.stage == job.fixed_stage]
        is_beside = not passed
        at = passed[-1] if passed else len(steps)
    stops: list[Stop] = []
    first = 0
    for (stage, retries), group in groupby(steps, key=lambda step: (step.stage, step.retries)):
        statuses = tuple(step.file_status.value for step in group)
        after = first + len(statuses)
        when = "done" if at >= after else "now" if at >= first else "next"
        if is_beside:
            when = "next"
        reached = min(max(at - first + 1, 0), len(statuses)) if when != "next" else 0
        stops.append(Stop(stage.value, when, stage in _BAD, retries, statuses, reached))
        first = after
    if is_beside:
        step = position.step
        status = (step.file_status.value,)
        stops.append(Stop(step.stage.value, "now", step.stage in _BAD, 0, status, 1))
    return stops
