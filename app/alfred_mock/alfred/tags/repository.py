"""Every query that shows tags and values. Both are only ever seen by their own company."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, select, tuple_

from alfred_mock.alfred.processing.pipeline import EXTRACTED
from alfred_mock.alfred.processing.progress import PROGRESS, position_of, status_of_file
from alfred_mock.alfred.tables import File, FileValue, Job, Tag
from alfred_mock.alfred.tags.schemas import TagShown, ValueShown
from alfred_mock.alfred.wire import shown, unknown
from alfred_mock.auth.caller import Caller
from alfred_mock.core.clock import Instant
from alfred_mock.core.services import Services
from alfred_mock.database import Rows, Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection

_files = columns_of(File)
_jobs = columns_of(Job)
_values = columns_of(FileValue)
_tags = columns_of(Tag)

_TAG = Selection(Tag, *TagShown.model_fields)
_FILE = Selection(File, "id", "fails", "fixed_status")
PAGE = 100
"""So many files of a tag are read at once: a few milliseconds' work."""
_VALUE = Selection(FileValue)
_TAGS = Statement(
    select(*_TAG.columns)
    .where(_tags.company_id == bindparam("company_id"))
    .order_by(_tags.position, _tags.name)
)
_HAS_TAG = Statement(
    select(_tags.id).where(_tags.id == bindparam("id"), _tags.company_id == bindparam("company_id"))
)
_VALUES = (
    select(*PROGRESS.columns, *_FILE.columns, *_VALUE.columns)
    .outerjoin_from(File, Job, _files.job_id == _jobs.id)
    .outerjoin(FileValue, _values.file_id == _files.id)
)
_ORDER = (_files.creation_date, _files.position, _files.id, _values.position)
_OF_FILE = Statement(
    _VALUES.where(
        _files.id == bindparam("id"), _files.company_id == bindparam("company_id")
    ).order_by(*_ORDER)
)
_PLACE = (_files.creation_date, _files.position, _files.id)
_FIRST_PLACE = (-1, 0, "00000000-0000-0000-0000-000000000000")
# Two statements: with the values in one, a database could not stop reading after a page.
_FILES_OF_TAG = Statement(
    select(*_PLACE)
    .where(
        _files.company_id == bindparam("company_id"),
        _files.tag_id == bindparam("tag_id"),
        tuple_(*_PLACE)
        > tuple_(
            *(
                bindparam(name, type_=column.type)
                for name, column in zip(("date", "position", "id"), _PLACE, strict=True)
            )
        ),
    )
    .order_by(*_PLACE)
    .limit(PAGE)
)
_names = [f"id_{index}" for index in range(PAGE)]
# The files are known for the company's own already; its index would be worse than theirs.
_OF_FILES = Statement(
    _VALUES.where(
        _files.id.in_([bindparam(name, type_=_files.id.type) for name in _names])
    ).order_by(*_ORDER)
)


async def tags(services: Services, company_id: str) -> list[TagShown]:
    """The company's tags, in the order of its seed."""
    rows = await services.database.fetch(_TAGS(company_id=company_id))
    return [shown(TagShown, _TAG.read(row)) for row in rows]


async def values_of_file(services: Services, caller: Caller, file_id: str) -> list[ValueShown]:
    """What was extracted from the caller's file; empty before that.

    Raises:
        NotFound: the caller's company has no such file.
    """
    company_id = caller.company_id
    rows = await services.database.fetch(_OF_FILE(id=file_id, company_id=company_id))
    if not rows:
        raise unknown("File", file_id)
    return [_shown(value) for value in _extracted(rows, services.clock.now(company_id))]


async def values_of_tag(
    services: Services, caller: Caller, tag_id: str
) -> AsyncIterator[list[ValueShown]]:
    """What was extracted from all files of the caller's tag, page by page.

    Raises:
        NotFound: the caller's company has no such tag.
    """
    async for values in _of_tag(services, caller, tag_id):
        yield [_shown(value) for value in values]


async def report(
    services: Services, caller: Caller, tag_id: str
) -> AsyncIterator[list[dict[str, Any]]]:
    """A row for each file of the caller's tag that has confirmed values, page by page.

    Raises:
        NotFound: the caller's company has no such tag.
    """
    async for values in _of_tag(services, caller, tag_id):
        rows: dict[str, dict[str, Any]] = {}
        for value in values:
            if value.confirmed:
                row = rows.setdefault(value.file_id, {"file_id": value.file_id})
                row[value.name] = value.value
        yield list(rows.values())


async def _of_tag(
    services: Services, caller: Caller, tag_id: str
) -> AsyncIterator[list[SimpleNamespace]]:
    """The values of a page of files at a time, the oldest files first."""
    company_id, database = caller.company_id, services.database
    if not await database.fetch(_HAS_TAG(id=tag_id, company_id=company_id)):
        raise unknown("Tag", tag_id)
    now = services.clock.now(company_id)
    place: tuple[Any, ...] = _FIRST_PLACE
    while True:
        date, position, after = place
        files = await database.fetch(
            _FILES_OF_TAG(
                company_id=company_id, tag_id=tag_id, date=date, position=position, id=after
            )
        )
        if not files:
            return
        place = tuple(files[-1])
        ids = [file[2] for file in files]
        ids += [ids[-1]] * (PAGE - len(ids))
        asked = dict(zip(_names, ids, strict=True))
        rows = await database.fetch(_OF_FILES(**asked))
        yield list(_extracted(rows, now))
        if len(files) < PAGE:
            return
        await asyncio.sleep(0)  # SQLite answers without a pause; others must get their turn


def _extracted(rows: Rows, now: Instant) -> Iterator[SimpleNamespace]:
    """The values of the files that processing has extracted them from by now."""
    for row in map(iter, rows):
        job, file, value = PROGRESS.read(row), _FILE.read(row), _VALUE.read(row)
        position = None if job.outcome is None else position_of(job, now)
        if value.id is not None and status_of_file(file, position) in EXTRACTED:
            yield value


def _shown(value: SimpleNamespace) -> ValueShown:
    return ValueShown(
        id=value.id,
        file_log_id=value.file_id,
        metadata_id=value.data_point_id,
        metadata_name=value.name,
        value=value.value,
        classification_score=value.classification_score,
    )
