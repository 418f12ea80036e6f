"""What is told when a person, or a tester in the person's place, changes a file."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from alfred_mock.alfred.processing.progress import status_of_file
from alfred_mock.core.clock import Instant
from alfred_mock.database import Transaction
from alfred_mock.events.fields import (
    RECYCLE_BIN,
    Happening,
    directory_of,
    file_values,
    happening,
)
from alfred_mock.events.listening import is_listened_to
from alfred_mock.events.subjects import Subject, find_file
from alfred_mock.events.telling import Course
from alfred_mock.events.writing import write


def tell_changed_file(company_id: str, before: SimpleNamespace, now: Instant) -> Transaction[None]:
    """Tell what has become of a file; `before` has the columns that may have changed, and its id.

    To be called after the statements that have changed it.
    """
    if not (yield from is_listened_to(company_id)):
        return
    subject = yield from find_file(before.id, now)
    if subject is not None:
        was = SimpleNamespace(**{**vars(subject.files[0]), **vars(before)})
        yield from write(company_id, list(_changes(subject, was, now)))


def _changes(subject: Subject, was: SimpleNamespace, now: Instant) -> Iterator[Happening]:
    file, job = subject.files[0], subject.job
    status, old_status = subject.status, status_of_file(was, subject.position)
    parent = job.parent_file_prefix

    def of_file(event: str, /, **more: Any) -> Happening:
        names = {"company_name": job.company_name, "outcome": job.outcome}
        values = file_values(file, status, now, is_classified=True, **names, **more)
        return happening(event, now, values, job_id=job.id, file_id=file.id)

    yield from _tag_changes(of_file, file, was)
    if status is not old_status:
        yield from Course(job, [file]).file_changed(file, old_status, status, now)
    old, new = directory_of(was, old_status, parent), directory_of(file, status, parent)
    # A file whose tag is taken away stays where it is.
    is_retagged = file.tag_id not in (None, was.tag_id)
    is_put = file.directory != was.directory or is_retagged
    if is_put and old != new:
        if new == RECYCLE_BIN:
            yield of_file("file_move_to_recycle_bin")
        yield of_file("file_move", previous_file_directory=old, new_file_directory=new)
    yield from _property_changes(of_file, file, was)


def _tag_changes(of_file: Any, file: SimpleNamespace, was: SimpleNamespace) -> Iterator[Happening]:
    if file.tag_id == was.tag_id:
        return
    if file.tag_id is None:
        yield of_file(
            "file_remove_tag",
            tag_being_removed_id=was.tag_id,
            tag_being_removed_name=was.tag_name,
            classification_score=was.classification_score,
        )
    else:
        yield of_file(
            "file_change_tag",
            previous_tag_id=was.tag_id,
            previous_tag_name=was.tag_name,
            proposed_tag_id=file.tag_id,
            new_tag_id=file.tag_id,
            new_tag_name=file.tag_name,
        )
    yield of_file("file_update")


def _property_changes(
    of_file: Any, file: SimpleNamespace, was: SimpleNamespace
) -> Iterator[Happening]:
    old, new = (json.loads(each.properties_json or "{}") for each in (was, file))
    for name, value in old.items():
        if new.get(name) != value:
            yield of_file("file_property_delete", name=name, value=value)
    for name, value in new.items():
        if old.get(name) != value:
            yield of_file("file_property_create", name=name, value=value)
