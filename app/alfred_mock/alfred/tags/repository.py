"""Every query that shows tags and values. Both are only ever seen by their own company."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, select

from alfred_mock.alfred.files import repository as files
from alfred_mock.alfred.processing import progress
from alfred_mock.alfred.processing.pipeline import EXTRACTED, FileStatus, status_of_file
from alfred_mock.alfred.tables import File, FileValue, Job, Tag
from alfred_mock.alfred.tags.schemas import TagShown, ValueShown
from alfred_mock.auth.caller import Caller
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Row, Rows, Statement
from alfred_mock.database.columns import columns_of

_files = columns_of(File)
_jobs = columns_of(Job)
_values = columns_of(FileValue)
_tags = columns_of(Tag)

_TAGS = Statement(
    select(_tags.id, _tags.name, _tags.description)
    .where(_tags.company_id == bindparam("company_id"))
    .order_by(_tags.position, _tags.name)
)
_TAG = Statement(
    select(_tags.id).where(_tags.id == bindparam("id"), _tags.company_id == bindparam("company_id"))
)
_VALUES = (
    select(
        *progress.COLUMNS,
        _files.fails,
        _files.fixed_status,
        _files.id,
        _values.id,
        _values.data_point_id,
        _values.name,
        _values.value,
        _values.classification_score,
        _values.confirmed,
    )
    .outerjoin_from(File, Job, _files.job_id == _jobs.id)
    .outerjoin(FileValue, _values.file_id == _files.id)
    .where(_files.company_id == bindparam("company_id"))
)
_ORDER = (_files.creation_date, _files.position, _files.id, _values.position)
_OF_FILE = Statement(_VALUES.where(_files.id == bindparam("id")).order_by(*_ORDER))
_OF_TAG = Statement(_VALUES.where(_files.tag_id == bindparam("id")).order_by(*_ORDER))
_JOB = len(progress.COLUMNS)


async def tags(services: Services, company_id: str) -> list[TagShown]:
    """The company's tags, in the order of its seed."""
    rows = await services.database.fetch(_TAGS(company_id=company_id))
    return [TagShown(id=id_, name=name, description=text) for id_, name, text in rows]


async def values_of_file(services: Services, caller: Caller, file_id: str) -> list[ValueShown]:
    """What was extracted from the caller's file, nothing before it is.

    Raises:
        NotFound: the caller's company has no such file.
    """
    call = _OF_FILE(id=file_id, company_id=caller.company_id)
    rows = await services.database.fetch(call)
    if not rows:
        raise files.unknown(file_id)
    return [_shown(row) for row in _extracted(rows, services.clock.now(caller.company_id))]


async def values_of_tag(services: Services, caller: Caller, tag_id: str) -> list[ValueShown]:
    """What was extracted from all files of the caller's tag.

    Raises:
        NotFound: the caller's company has no such tag.
    """
    return [_shown(row) for row in await _rows_of_tag(services, caller, tag_id)]


async def report(services: Services, caller: Caller, tag_id: str) -> list[dict[str, Any]]:
    """A row for each file of the caller's tag that has confirmed values.

    Raises:
        NotFound: the caller's company has no such tag.
    """
    report: dict[str, dict[str, Any]] = {}
    for file_id, _, _, name, value, _, confirmed in await _rows_of_tag(services, caller, tag_id):
        if confirmed:
            report.setdefault(file_id, {"file_id": file_id})[name] = value
    return list(report.values())


async def _rows_of_tag(services: Services, caller: Caller, tag_id: str) -> list[Row]:
    company_id = caller.company_id
    if not await services.database.fetch(_TAG(id=tag_id, company_id=company_id)):
        raise NotFound(f"Tag with ID {tag_id} does not exist.")
    rows = await services.database.fetch(_OF_TAG(id=tag_id, company_id=company_id))
    return list(_extracted(rows, services.clock.now(caller.company_id)))


def _extracted(rows: Rows, now: Instant) -> Iterator[Row]:
    """The values, after the columns that tell whether they are to be shown, of those that are."""
    for row in rows:
        fails, fixed, *value = row[_JOB:]
        status = fixed or FileStatus.UPLOADED
        if row[0] is not None:
            status = status_of_file(progress.position_of(row[:_JOB], now), fails=fails, fixed=fixed)
        if status in EXTRACTED and value[1] is not None:
            yield tuple(value)


def _shown(row: Row) -> ValueShown:
    file_id, value_id, data_point_id, name, value, score, _ = row
    return ValueShown(
        id=value_id,
        file_log_id=file_id,
        metadata_id=data_point_id,
        metadata_name=name,
        value=value,
        classification_score=score,
    )
