"""Files that a tester gives another status, tag or values."""

from functools import partial
from types import SimpleNamespace

from sqlalchemy import bindparam, delete, select

from alfred_mock.alfred.files import repository
from alfred_mock.alfred.files.schemas import FileDetail
from alfred_mock.alfred.processing.extraction import (
    DEFAULT_SCORE,
    NOTHING,
    Extracted,
    Rulebook,
    rulebook,
    store_values,
)
from alfred_mock.alfred.tables import File, FileValue
from alfred_mock.control.overrides.editing import EditableRows
from alfred_mock.control.overrides.schemas import FilePatch
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.services import Services
from alfred_mock.core.validation import hint
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_values = columns_of(FileValue)

_ROWS = EditableRows(
    File,
    *("fixed_status", "tag_id", "tag_name", "classification_score", "update_date"),
    kind="File",
)
_VALUES = Statement(
    select(_values.data_point_id, _values.value, _values.confirmed)
    .where(_values.file_id == bindparam("file_id"))
    .order_by(_values.position)
)
_FORGET_VALUES = Statement(delete(FileValue).where(_values.file_id == bindparam("file_id")))


async def change(services: Services, file_id: str, asked: FilePatch) -> FileDetail:
    """The file after the change.

    Raises:
        NotFound: there is no such file.
        BadRequest: its company has no such tag, or the tag no such data point.
    """
    caller = await _ROWS.edit(services, file_id, partial(_change, asked))
    return await repository.find(services, caller, file_id)


def _change(asked: FilePatch, file: SimpleNamespace, now: Instant) -> Transaction[None]:
    if asked.sets("status"):
        file.fixed_status = None if asked.status is None else asked.status.value
    if asked.sets("tag") or asked.values is not None or asked.classification_score is not None:
        rules = yield from rulebook(file.company_id)
        had: Rows = yield _VALUES(file_id=file.id)
        extracted = _extracted(asked, file, rules, had)
        yield _FORGET_VALUES(file_id=file.id)
        yield from store_values(file.company_id, file.id, extracted)
        file.tag_id, file.tag_name = extracted.tag_id, extracted.tag_name
        file.classification_score = extracted.classification_score
    if asked.model_fields_set:
        file.update_date = now


def _extracted(asked: FilePatch, file: SimpleNamespace, rules: Rulebook, had: Rows) -> Extracted:
    """What processing would have extracted from the file to have this result."""
    tag = next((tag for tag in rules.tags if tag.id == file.tag_id), None)
    if asked.sets("tag"):
        tag = next((tag for tag in rules.tags if tag.name == asked.tag), None)
        if tag is None and asked.tag is not None:
            near = hint(asked.tag, [tag.name for tag in rules.tags])
            raise BadRequest(f"Field 'tag': there is no tag {asked.tag}{near}.")
    score = asked.classification_score
    if tag is None:
        if asked.values:
            raise BadRequest("Field 'values': without a tag there are no values.")
        return NOTHING._replace(classification_score=score or 0.0)
    is_new = tag.id != file.tag_id
    if score is None:
        score = DEFAULT_SCORE if file.tag_id is None else file.classification_score
    points = {point.id: point for point in tag.points}
    if asked.values is not None:
        by_name = {point.name: point for point in tag.points}
        for name in asked.values:
            if name not in by_name:
                near = hint(name, by_name)
                message = f"the tag {tag.name} has no data point {name}{near}"
                raise BadRequest(f"Field 'values': {message}.")
        given = [by_name[name]._replace(value=value) for name, value in asked.values.items()]
    elif is_new:
        given = tag.points
    else:
        given = [points[id_]._replace(value=value) for id_, value, _ in had if id_ in points]
    confirmed = all(is_confirmed for *_, is_confirmed in had)
    return Extracted(tag.id, tag.name, score, given, confirmed, None)
