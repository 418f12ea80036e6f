"""Every query that shows jobs. A job is only ever seen by its own company."""

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqlalchemy import Subquery, and_, bindparam, func, select, update

from alfred_mock.alfred.jobs.schemas import JobDetail, JobFile, JobList
from alfred_mock.alfred.processing import progress
from alfred_mock.alfred.processing.outcomes import ERROR_MESSAGES, Outcome
from alfred_mock.alfred.processing.pipeline import CLASSIFIED, FileStatus, Position, status_of_file
from alfred_mock.alfred.tables import File, Job
from alfred_mock.alfred.wire import blob_url
from alfred_mock.auth.caller import Caller
from alfred_mock.core.clock import Instant, to_wire
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Row, Statement
from alfred_mock.database.columns import columns_of

_files = columns_of(File)
_jobs = columns_of(Job)

_JOB: tuple[Any, ...] = (
    *progress.COLUMNS,
    _jobs.id,
    _jobs.company_id,
    _jobs.deferred_session_id,
    _jobs.user_name,
    _jobs.channel,
    _jobs.source,
    _jobs.container,
    _jobs.remote_file_name,
    _jobs.remote_file_names_json,
    _jobs.file_urls_json,
    _jobs.merge,
    _jobs.propagate_metadata,
    _jobs.parent_file_prefix,
    _jobs.page_rotation,
    _jobs.metadata_json,
    _jobs.metadata_objects_count,
    _jobs.file_sources_count,
    _jobs.priority,
)
_FILE: tuple[Any, ...] = (
    _files.id,
    _files.creation_date,
    _files.update_date,
    _files.file_name,
    _files.tag_name,
    _files.fails,
    _files.fixed_status,
)
_ID = len(progress.COLUMNS)


def _with_files(jobs: Subquery) -> Any:
    """Jobs together with their files, in one statement: both as they were at one moment."""
    columns = [jobs.c[column.key] for column in _JOB]
    return (
        select(*columns, *_FILE)
        .outerjoin_from(jobs, File, _files.job_id == jobs.c.id)
        .order_by(
            jobs.c.creation_date.desc(),
            jobs.c.id.desc(),
            _files.creation_date,
            _files.position,
            _files.id,
        )
    )


_FIND = Statement(
    _with_files(
        select(*_JOB)
        .where(_jobs.id == bindparam("id"), _jobs.company_id == bindparam("company_id"))
        .subquery()
    )
)
_PAGE = Statement(
    _with_files(
        select(*_JOB)
        .where(_jobs.company_id == bindparam("company_id"))
        .order_by(_jobs.creation_date.desc(), _jobs.id.desc())
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
        .subquery()
    )
)
_COUNT = Statement(
    select(func.count()).select_from(Job).where(_jobs.company_id == bindparam("company_id"))
)
_MOVE_ON = Statement(
    update(Job)
    .where(and_(_jobs.id == bindparam("job_id"), _jobs.step < bindparam("last_step")))
    .values(step=_jobs.step + 1, stepped_at=bindparam("now"))
    .returning(_jobs.step, _jobs.stepped_at)
)


async def read(services: Services, caller: Caller, job_id: str) -> JobDetail:
    """The caller's job as it is now; reading a manual one moves it on by a step.

    Raises:
        NotFound: the caller's company has no such job.
    """
    now = services.clock.now(caller.company_id)
    rows = await services.database.fetch(_FIND(id=job_id, company_id=caller.company_id))
    if not rows:
        raise unknown(job_id)
    columns = rows[0][:_ID]
    if progress.can_step(columns):
        last_step = progress.last_step(columns)
        moved = await services.database.write(_MOVE_ON(job_id=job_id, last_step=last_step, now=now))
        columns = progress.moved_on(columns, *moved)
    return _detail(rows, columns, now)


async def look_at(services: Services, caller: Caller, job_id: str) -> JobDetail:
    """The caller's job as it is now, and as it stays: looking at a manual one does not move it.

    Raises:
        NotFound: the caller's company has no such job.
    """
    rows = await services.database.fetch(_FIND(id=job_id, company_id=caller.company_id))
    if not rows:
        raise unknown(job_id)
    return _detail(rows, rows[0][:_ID], services.clock.now(caller.company_id))


def unknown(job_id: str) -> NotFound:
    """The error for a job that the caller's company does not have (our choice, after sessions)."""
    return NotFound(f"Job with ID {job_id} does not exist.")


async def page(services: Services, caller: Caller, number: int, size: int) -> JobList:
    """One page of the company's jobs, the newest first; `number` counts from 1.

    The order is total and new jobs only ever come in front, so that whoever turns the pages while
    jobs are created may meet a job twice but misses none.
    """
    now = services.clock.now(caller.company_id)
    company_id = caller.company_id
    offset = (number - 1) * size
    found = await services.database.fetch(_PAGE(company_id=company_id, limit=size, offset=offset))
    ((total,),) = await services.database.fetch(_COUNT(company_id=company_id))
    grouped = [list(rows) for _, rows in groupby(found, key=lambda row: row[_ID])]
    jobs = [_detail(rows, rows[0][:_ID], now) for rows in grouped]
    return JobList(result=jobs, total=total, is_empty=not jobs)


def _detail(rows: list[Row], columns: tuple[Any, ...], now: Instant) -> JobDetail:
    """The job that these rows, one for each of its files, are about."""
    (
        job_id,
        company_id,
        deferred_session_id,
        user_name,
        channel,
        source,
        container,
        remote_file_name,
        remote_file_names,
        file_urls,
        merge,
        propagate_metadata,
        parent_file_prefix,
        page_rotation,
        metadata,
        metadata_objects_count,
        file_sources_count,
        priority,
    ) = rows[0][_ID : len(_JOB)]
    where = progress.position_of(columns, now)
    outcome, _, _, input_source_type, decompose, _, creation_date, *_ = columns
    files = [_file(row[len(_JOB) :], where) for row in rows if row[len(_JOB)] is not None]
    ends_badly = where.is_last and outcome in ERROR_MESSAGES
    return JobDetail(
        id=job_id,
        creation_date=to_wire(creation_date),
        has_job_request_info=False,
        job_request_date=None,
        update_date=to_wire(where.since),
        company_id=company_id,
        bulk_id=None,
        deferred_session_id=deferred_session_id,
        user_name=user_name,
        channel=channel,
        source=source,
        container=container,
        remote_file_name=remote_file_name,
        remote_file_names=json.loads(remote_file_names) if remote_file_names else None,
        merge=merge,
        decompose=decompose,
        propagate_metadata=propagate_metadata,
        parent_file_prefix=parent_file_prefix,
        decomposed_page_rotation=page_rotation,
        metadata=metadata,
        file_count=len(files),
        file_sources_count=file_sources_count,
        metadata_objects_count=metadata_objects_count,
        finished_files=sum(file.status is FileStatus.FINISHED for file in files),
        files=files,
        retries=where.step.retries,
        exceeded_retries=where.is_last and outcome == Outcome.EXCEEDED_RETRIES,
        file_urls=json.loads(file_urls) if file_urls else _urls(company_id, files),
        error_messages=[ERROR_MESSAGES[Outcome(outcome)]] if ends_badly else [],
        stage=where.step.stage,
        priority=priority,
        input_source_type=input_source_type,
        start_date=None if where.started_at is None else to_wire(where.started_at),
        email_from=None,
        email_subject=None,
        email_body=None,
    )


def _file(row: Row, where: Position) -> JobFile:
    file_id, creation_date, update_date, file_name, tag_name, fails, fixed_status = row
    status = status_of_file(where, fails=fails, fixed=fixed_status)
    return JobFile(
        id=file_id,
        creation_date=to_wire(creation_date),
        update_date=to_wire(max(update_date, where.since)),
        file_name=file_name,
        tag_name=(tag_name or "") if status in CLASSIFIED else "",
        is_parent=False,
        is_children=False,
        status=FileStatus(status),
    )


def _urls(company_id: str, files: Iterable[JobFile]) -> list[str]:
    return [blob_url(company_id, file.id) for file in files]
