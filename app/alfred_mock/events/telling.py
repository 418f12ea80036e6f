"""From a job's steps to what is told of them: which event, at which moment, in which order.

Names and meanings are documented, the moments and their order are our choice; `docs/fidelity.md`
has a row for each.
"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

from alfred_mock.alfred.processing.outcomes import ERROR_MESSAGES, Outcome
from alfred_mock.alfred.processing.pipeline import CLASSIFIED, FileStatus, Stage, Step
from alfred_mock.alfred.processing.progress import Position, status_of_file
from alfred_mock.core.clock import Instant
from alfred_mock.events.fields import (
    RETRIED,
    Happening,
    directory_of,
    file_values,
    happening,
    job_values,
)

_UNFINISHED = frozenset(FileStatus) - {FileStatus.FINISHED, FileStatus.FAILED}


class Course(NamedTuple):
    """A job with its files in the order of their upload, and how it is told."""

    job: SimpleNamespace
    files: list[SimpleNamespace]
    finished_first: bool = False
    """Whether the job tells its end before its files do."""

    def created(self, at: Instant) -> Iterator[Happening]:
        """What is told of the job's creation."""
        yield self._of_job("job_create", at)
        for file in self.files:
            yield self._of_file("file_add_to_job", file, FileStatus.UPLOADED, at)

    def moved(self, before: Position, after: Position) -> Iterator[Happening]:
        """What is told when the job gets from one position to another."""
        at, step = after.since, after.step
        if step.retries > before.step.retries:
            yield self._of_job("job_retry", at, retries=step.retries, error_messages=[RETRIED])
        files = [told for file in self.files for told in self._file_moved(file, before, after)]
        stage = list(self._stage_moved(before.step, step, at))
        # At its end, the job has the last word, unless it is to have the first.
        if after.is_last and not self.finished_first:
            yield from (*files, *stage)
        else:
            yield from (*stage, *files)

    def _stage_moved(self, before: Step, step: Step, at: Instant) -> Iterator[Happening]:
        if (step.stage, step.retries) == (before.stage, before.retries):
            return
        match step.stage:
            case Stage.FAILED:
                exceeded = self.job.outcome == Outcome.EXCEEDED_RETRIES
                outcome = Outcome(self.job.outcome) if exceeded else Outcome.FAILED
                ending = {
                    "retries": step.retries,
                    "exceeded_retries": exceeded,
                    "error_messages": [ERROR_MESSAGES[outcome]],
                }
                if exceeded:
                    yield self._of_job("job_exceeded_retries", at, **ending)
                yield self._of_job("job_failed", at, **ending)
            case Stage.INVALID:
                message = ERROR_MESSAGES.get(
                    Outcome(self.job.outcome), ERROR_MESSAGES[Outcome.INVALID]
                )
                yield self._of_job(
                    "job_invalid", at, retries=step.retries, error_messages=[message]
                )
            case stage:
                yield self._of_job("job_stage_update", at, stage=stage.value)
                if stage is Stage.STARTED:
                    yield self._of_job("job_start", at)
                if stage is Stage.COMPLETED:
                    yield self._of_job("job_finished", at)

    def _file_moved(
        self, file: SimpleNamespace, before: Position, after: Position
    ) -> Iterator[Happening]:
        was, status, at = status_of_file(file, before), status_of_file(file, after), after.since
        if status is not was:
            yield from self.file_changed(file, was, status, at)
        if after.step.stage is Stage.CANCELLED and status in _UNFINISHED:
            yield self._of_file("file_move_to_pending", file, status, at)

    def file_changed(
        self, file: SimpleNamespace, was: FileStatus, status: FileStatus, at: Instant
    ) -> Iterator[Happening]:
        """What is told when a file gets from one status to another."""
        # A file that fails shows the tag that it had by then (docs: the example has one).
        has_failed = status is FileStatus.FAILED
        tag = {"is_classified": was in CLASSIFIED} if has_failed else {}
        yield self._of_file("file_status_update", file, status, at, **tag)
        if was is FileStatus.OCR and status is FileStatus.CLASSIFYING:
            yield self._of_file("file_extracted_data_create", file, status, at)
        if was is FileStatus.CLASSIFYING and status in CLASSIFIED:
            has_tag = file.tag_id is not None
            name = "file_category_create" if has_tag else "file_category_delete"
            yield self._of_file(name, file, status, at)
            yield self._of_file("file_update", file, status, at)
            yield self._file_put(file, was, status, at)
        if status is FileStatus.FINISHED:
            yield self._of_file("file_done", file, status, at)
        if has_failed:
            yield self._of_file("file_failed", file, status, at, **tag)
            yield self._file_put(file, was, status, at)

    def _file_put(
        self, file: SimpleNamespace, was: FileStatus, status: FileStatus, at: Instant
    ) -> Happening:
        parent = self.job.parent_file_prefix
        return self._of_file(
            "file_move",
            file,
            status,
            at,
            previous_file_directory=directory_of(file, was, parent),
            new_file_directory=directory_of(file, status, parent),
        )

    def _of_job(self, name: str, at: Instant, **more: Any) -> Happening:
        values = job_values(self.job, self.files, at, **more)
        return happening(name, at, values, job_id=self.job.id)

    def _of_file(
        self, name: str, file: SimpleNamespace, status: FileStatus, at: Instant, **more: Any
    ) -> Happening:
        names: dict[str, Any] = {
            "company_name": self.job.company_name,
            "outcome": self.job.outcome,
        }
        values = file_values(file, status, at, **names, **more)
        return happening(name, at, values, job_id=self.job.id, file_id=file.id)
