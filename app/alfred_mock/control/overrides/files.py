"""Files with another status, tag or values than processing has given them."""

from typing import Any

from sqlalchemy import bindparam, delete, select, update

from alfred_mock.alfred.deferred_sessions.locks import lock_company
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
from alfred_mock.control.overrides.holding import Owners, on_behalf_of
from alfred_mock.control.overrides.schemas import FilePatch
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.services import Services
from alfred_mock.core.validation import nearest_hint
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_files, _values = columns_of(File), columns_of(FileValue)

_OWNERS = Owners(File)
_COLUMNS = ("fixed_status", "tag_id", "tag_name", "classification_score", "update_date")
_FIND = Statement(
    select(*[_files[name] for name in _COLUMNS])
    .where(_files.id == bindparam("id"))
    .with_for_update()
)
_SET = Statement(
    update(File)
    .where(_files.id == bindparam("file_id"))
    .values({name: bindparam(f"new_{name}", type_=_files[name].type) for name in _COLUMNS})
)
_VALUES = Statement(
    select(_values.data_point_id, _values.value, _values.confirmed)
    .where(_values.file_id == bindparam("file_id"))
    .order_by(_values.position)
)
_FORGET_VALUES = Statement(delete(FileValue).where(_values.file_id == bindparam("file_id")))


async def change(services: Services, file_id: str, asked: FilePatch) -> FileDetail:
    """The file as it has become.

    Raises:
        NotFound: there is no such file.
        BadRequest: its company has no such tag, or the tag no such data point.
    """
    company_id = await _OWNERS.of(services, file_id, repository.unknown(file_id))
    now = services.clock.now(company_id)
    await services.database.transact(_change(company_id, file_id, asked, now))
    return await repository.find(services, on_behalf_of(company_id), file_id)


def _change(company_id: str, file_id: str, asked: FilePatch, now: Instant) -> Transaction[None]:
    yield from lock_company(company_id)
    rows: Rows = yield _FIND(id=file_id)
    if not rows:  # it has gone in the meantime
        raise repository.unknown(file_id)
    file: dict[str, Any] = dict(zip(_COLUMNS, tuple(rows[0]), strict=True))
    if asked.sets("status"):
        file["fixed_status"] = None if asked.status is None else asked.status.value
    if asked.sets("tag") or asked.values is not None or asked.classification_score is not None:
        rules = yield from rulebook(company_id)
        had: Rows = yield _VALUES(file_id=file_id)
        extracted = _extracted(asked, file, rules, had)
        yield _FORGET_VALUES(file_id=file_id)
        yield from store_values(company_id, file_id, extracted)
        file.update(
            tag_id=extracted.tag_id,
            tag_name=extracted.tag_name,
            classification_score=extracted.classification_score,
        )
    if asked.model_fields_set:
        file["update_date"] = now
    yield _SET(file_id=file_id, **{f"new_{name}": value for name, value in file.items()})


def _extracted(asked: FilePatch, file: dict[str, Any], rules: Rulebook, had: Rows) -> Extracted:
    """What was extracted from the file, if all that is asked for was."""
    tag = next((tag for tag in rules.tags if tag.id == file["tag_id"]), None)
    if asked.sets("tag"):
        tag = next((tag for tag in rules.tags if tag.name == asked.tag), None)
        if tag is None and asked.tag is not None:
            near = nearest_hint(asked.tag, [tag.name for tag in rules.tags])
            raise BadRequest(f"Field 'tag': there is no tag {asked.tag}{near}.")
    score = asked.classification_score
    if tag is None:
        if asked.values:
            raise BadRequest("Field 'values': without a tag there are no values.")
        return NOTHING._replace(classification_score=score or 0.0)
    is_new = tag.id != file["tag_id"]
    if score is None:
        score = DEFAULT_SCORE if file["tag_id"] is None else file["classification_score"]
    points = {point.id: point for point in tag.points}
    if asked.values is not None:
        by_name = {point.name: point for point in tag.points}
        for name in asked.values:
            if name not in by_name:
                near = nearest_hint(name, by_name)
                message = f"the tag {tag.name} has no data point {name}{near}"
                raise BadRequest(f"Field 'values': {message}.")
        given = [by_name[name]._replace(value=value) for name, value in asked.values.items()]
    elif is_new:
        given = tag.points
    else:
        given = [points[id_]._replace(value=value) for id_, value, _ in had if id_ in points]
    confirmed = all(is_confirmed for *_, is_confirmed in had)
    return Extracted(tag.id, tag.name, score, given, confirmed, None)
