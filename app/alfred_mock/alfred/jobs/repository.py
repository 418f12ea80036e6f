"""Every query that shows jobs. A job is only ever seen by its own company."""

import asyncio
import json
from collections.abc import Iterator
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from fastapi import Response
from sqlalchemy import Subquery, and_, bindparam, func, select, update

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.jobs.schemas import JobDetail, JobFile, JobList
from alfred_mock.alfred.processing.outcomes import ERROR_MESSAGES, Outcome
from alfred_mock.alfred.processing.pipeline import CLASSIFIED, FileStatus
from alfred_mock.alfred.processing.progress import (
    Position,
    last_step,
    moves_when_read,
    position_of,
    status_of_file,
)
from alfred_mock.alfred.tables import File, Job
from alfred_mock.alfred.wire import blob_url, shown, unknown
from alfred_mock.auth.caller import Caller
from alfred_mock.core.clock import Instant
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import Services
from alfred_mock.core.streams import pages_of, pieces_with, streamed
from alfred_mock.database import Call, Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection

_files = columns_of(File)
_jobs = columns_of(Job)

_JOB = Selection(Job)
_FILE = Selection(
    File, "id", "creation_date", "update_date", "file_name", "tag_name", "fails", "fixed_status"
)


def _with_files(jobs: Subquery, files: Any) -> Any:
    """Jobs together with their files, in one statement: both as they were at one moment."""
    columns = [jobs.c[name] for name in _JOB.names]
    return (
        select(*columns, *(files[name] for name in _FILE.names))
        .select_from(jobs)
        .outerjoin(files.id.table, files.job_id == jobs.c.id)
        .order_by(
            jobs.c.creation_date.desc(),
            jobs.c.id.desc(),
            files.creation_date,
            files.position,
            files.id,
        )
    )


MANY_FILES = 200
"""What shows more files is read and made on a thread."""
_ALL = 2**31 - 1
_FIND = Statement(
    _with_files(
        select(*_JOB.columns)
        .where(_jobs.id == bindparam("id"), _jobs.company_id == bindparam("company_id"))
        .subquery(),
        select(*_FILE.columns, _files.job_id, _files.position)
        .where(_files.job_id == bindparam("id"))
        .limit(bindparam("most"))
        .subquery("some")
        .c,
    )
)
_ON_PAGE = (
    select(*_JOB.columns)
    .where(_jobs.company_id == bindparam("company_id"))
    .order_by(_jobs.creation_date.desc(), _jobs.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
    .subquery()
)
_PAGE = Statement(_with_files(_ON_PAGE, _files))
_COUNT = Statement(
    select(
        select(func.count())
        .select_from(Job)
        .where(_jobs.company_id == bindparam("company_id"))
        .scalar_subquery(),
        select(func.coalesce(func.sum(_ON_PAGE.c.file_sources_count), 0)).scalar_subquery(),
    )
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
    job, files = await _find(services, caller, job_id)
    if moves_when_read(job):
        move = _MOVE_ON(job_id=job_id, last_step=last_step(job), now=now)
        if job.told_steps is None:
            moved = await services.database.write(move)
        else:
            moved = await services.database.transact(_move_on(services, caller, move, now))
        for row in moved:
            job.step, job.stepped_at = row
    return await _shown(job, files, now)


def _move_on(services: Services, caller: Caller, move: Call, now: Instant) -> Transaction[Rows]:
    yield from lock_company(caller.company_id)
    moved: Rows = yield move
    if moved:
        yield from services.facts.job_moved(caller.company_id, move.values["job_id"], now)
    return moved


async def look_at(services: Services, caller: Caller, job_id: str) -> JobDetail:
    """The caller's job as it is now, and as it stays: looking at a manual one does not move it.

    Raises:
        NotFound: the caller's company has no such job.
    """
    job, files = await _find(services, caller, job_id)
    return await _shown(job, files, services.clock.now(caller.company_id))


async def page(services: Services, caller: Caller, number: int, size: int) -> JobList:
    """One page of the company's jobs, the newest first; `number` counts from 1.

    The order is total and new jobs only ever come in front. So a client that turns the pages while
    jobs are created may meet a job twice but misses none.
    """
    now = services.clock.now(caller.company_id)
    company_id = caller.company_id
    offset = (number - 1) * size
    asked = {"company_id": company_id, "limit": size, "offset": offset}
    ((total, file_count),) = await services.database.fetch(_COUNT(**asked))
    if file_count > MANY_FILES:
        (found,) = await services.database.fetch_together([_PAGE(**asked)])
        jobs = await asyncio.to_thread(_details, found, now)
    else:
        jobs = _details(await services.database.fetch(_PAGE(**asked)), now)
    return JobList(result=jobs, total=total, is_empty=not jobs)


def _details(found: Rows, now: Instant) -> list[JobDetail]:
    id_ = _JOB.names.index("id")
    grouped = [list(rows) for _, rows in groupby(found, key=lambda row: row[id_])]
    return [_detail(*_read(rows), now) for rows in grouped]


def as_reply(shown: JobDetail | JobList) -> Response:
    """The answer that shows a job or a page of them, in pieces if they have many files."""
    jobs = [shown] if isinstance(shown, JobDetail) else shown.result
    if sum(len(job.files) for job in jobs) <= MANY_FILES:
        return JsonReply(shown)
    if isinstance(shown, JobDetail):
        return streamed(_pieces(shown))
    whole = shown.model_copy(update={"result": []})
    return streamed(_pieces_of_page(whole, jobs))


def _pieces(job: JobDetail) -> Iterator[bytes]:
    whole = job.model_copy(update={"files": []})
    return pieces_with(whole, "files", pages_of(job.files))


def _pieces_of_page(whole: JobList, jobs: list[JobDetail]) -> Iterator[bytes]:
    *start, end = pieces_with(whole, "result", [])
    yield b"".join(start)
    for number, job in enumerate(jobs):
        if number:
            yield b","
        yield from _pieces(job)
    yield end


async def _find(
    services: Services, caller: Caller, job_id: str
) -> tuple[SimpleNamespace, list[SimpleNamespace]]:
    asked = {"id": job_id, "company_id": caller.company_id}
    rows = await services.database.fetch(_FIND(**asked, most=MANY_FILES + 1))
    if len(rows) > MANY_FILES:
        (rows,) = await services.database.fetch_together([_FIND(**asked, most=_ALL)])
    if not rows:
        raise unknown("Job", job_id)
    return _read(rows) if len(rows) <= MANY_FILES else await asyncio.to_thread(_read, rows)


def _read(rows: Rows) -> tuple[SimpleNamespace, list[SimpleNamespace]]:
    """A job and its files; there is a row for each file, and one if there is none."""
    width = len(_JOB.names)
    files = [_FILE.read(row[width:]) for row in rows if row[width] is not None]
    return _JOB.read(rows[0]), files


async def _shown(job: SimpleNamespace, files: list[SimpleNamespace], now: Instant) -> JobDetail:
    if len(files) <= MANY_FILES:
        return _detail(job, files, now)
    return await asyncio.to_thread(_detail, job, files, now)


def _detail(job: SimpleNamespace, files: list[SimpleNamespace], now: Instant) -> JobDetail:
    position = position_of(job, now)
    shown_files = [_file(file, position) for file in files]
    urls, names = job.file_urls_json, job.remote_file_names_json
    ends_badly = position.is_last and job.outcome in ERROR_MESSAGES
    vars(job).update(
        has_job_request_info=False,
        job_request_date=None,
        update_date=position.since,
        bulk_id=None,
        remote_file_names=json.loads(names) if names else None,
        decomposed_page_rotation=job.page_rotation,
        metadata=job.metadata_json,
        file_count=len(files),
        finished_files=sum(file.status is FileStatus.FINISHED for file in shown_files),
        files=shown_files,
        retries=position.step.retries,
        exceeded_retries=position.is_last and job.outcome == Outcome.EXCEEDED_RETRIES,
        file_urls=json.loads(urls) if urls else [blob_url(job.company_id, f.id) for f in files],
        error_messages=[ERROR_MESSAGES[job.outcome]] if ends_badly else [],
        stage=position.step.stage,
        start_date=position.started_at,
        email_from=None,
        email_subject=None,
        email_body=None,
    )
    return shown(JobDetail, job)


def _file(file: SimpleNamespace, position: Position) -> JobFile:
    file.status = status = status_of_file(file, position)
    file.update_date = max(file.update_date, position.since)
    file.tag_name = (file.tag_name or "") if status in CLASSIFIED else ""
    file.is_parent = file.is_children = False
    return shown(JobFile, file)
