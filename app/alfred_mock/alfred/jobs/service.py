"""Creating jobs: what they will come to is settled here, once and for all."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from alfred_mock.alfred.companies.repository import Policies, policies_of
from alfred_mock.alfred.deferred_sessions import locks
from alfred_mock.alfred.jobs.schemas import JobCreate
from alfred_mock.alfred.processing import outcomes, progress
from alfred_mock.alfred.processing.extraction import rulebook, store_values
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.alfred.tables import File, FileValue, Job
from alfred_mock.alfred.wire import metadata_objects, metadata_text
from alfred_mock.auth.caller import Caller
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Progression, Settings
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of

_files = columns_of(File)
_values = columns_of(FileValue)

PROGRESSION_KEY = "alfred_mock_progression"
"""The member of a job's metadata that chooses its progression (our choice)."""

_FILES = Statement(
    select(_files.id, _files.uploaded_name, _files.metadata_json)
    .where(_files.deferred_session_id == bindparam("session_id"))
    .order_by(_files.creation_date, _files.position, _files.id)
)
# A file that waits has values only if a seed or a tester has given it some.
_FORGET_VALUES = Statement(
    delete(FileValue).where(
        _values.file_id.in_(
            select(_files.id).where(_files.deferred_session_id == bindparam("session_id"))
        )
    )
)
_INSERT = Statement(insert(Job))
_TAKE_OVER = Statement(
    update(File)
    .where(_files.id == bindparam("file_id"))
    .values(
        job_id=bindparam("new_job_id"),
        metadata_json=bindparam("new_metadata"),
        tag_id=bindparam("new_tag_id"),
        tag_name=bindparam("new_tag_name"),
        classification_score=bindparam("new_score"),
        fails=bindparam("new_fails"),
    )
)


class NewJob(NamedTuple):
    """What is known of a job that is about to be created."""

    id: str
    input_source_type: str
    channel: str
    merge: bool
    decompose: bool
    propagate_metadata: bool
    metadata_json: str | None
    priority: str
    page_rotation: int = -1
    parent_file_prefix: str | None = None
    source: str | None = None
    container: str | None = None
    file_name: str | None = None
    file_names: Sequence[str] | None = None
    urls: Sequence[str] | None = None


class JobFileInput(NamedTuple):
    """A file that a job takes over."""

    id: str
    uploaded_name: str
    metadata_json: str
    outcome: Outcome | None = None
    """What is known to happen to it already: a download that has failed."""


async def create_from_session(services: Services, caller: Caller, asked: JobCreate) -> str:
    """Close the session with a new job of all its files and return the job's id.

    Raises:
        NotFound: the caller's company has no such session.
        Conflict: the session is closed already.
        BadRequest: nothing was uploaded to it (SDK: such a session cannot become a job).
    """
    job = NewJob(
        id=services.ids.uuid(),
        input_source_type=progress.DEFERRED,
        channel=asked.channel,
        merge=asked.merge,
        decompose=asked.decompose,
        propagate_metadata=asked.propagate_metadata,
        metadata_json=metadata_text(asked.metadata),
        priority=asked.priority,
        page_rotation=asked.page_rotation,
        parent_file_prefix=asked.parent_file_prefix,
        container=asked.container,
        file_name=asked.file_name,
        file_names=asked.file_names,
    )
    now = services.clock.now(caller.company_id)
    await services.database.transact(
        _close_session(services.settings, caller, asked.session_id, job, now)
    )
    return job.id


def _close_session(
    settings: Settings, caller: Caller, session_id: str, job: NewJob, now: Instant
) -> Transaction[None]:
    yield from locks.lock_open_session(caller.company_id, session_id, alone=True)
    rows = yield _FILES(session_id=session_id)
    if not rows:
        raise BadRequest(f"Deferred Session with ID {session_id} has no files.")
    files = [JobFileInput(*row) for row in rows]
    yield _FORGET_VALUES(session_id=session_id)
    yield from add(settings, caller, job, files, session_id=session_id, now=now)
    yield from locks.close(session_id, job.id, now)


def add(
    settings: Settings,
    caller: Caller,
    job: NewJob,
    files: Sequence[JobFileInput],
    *,
    session_id: str | None,
    now: Instant,
) -> Transaction[None]:
    """Store a job, then let it take over these files, which may but need not be there before."""
    policies = yield from policies_of(caller.company_id)
    rules = yield from rulebook(caller.company_id)
    job_metadata = json.loads(job.metadata_json) if job.metadata_json else None
    taken = []
    for file in files:
        metadata = file.metadata_json
        if job.propagate_metadata and job.metadata_json:
            metadata = _propagated(metadata, job_metadata)
        extracted = rules.extract(file.uploaded_name, json.loads(metadata) if metadata else None)
        asked = file.outcome or outcomes.of_file(file.uploaded_name, metadata, extracted.outcome)
        taken.append((file.id, metadata, extracted, asked))
    outcome = outcomes.of_job(job_metadata, [asked for *_, asked in taken])
    yield _insert(settings, policies, caller, job, outcome, len(files), session_id, now)
    # A job that asks for failing files by itself has no particular one in mind.
    fails_all = outcome.fails_file and not any(asked is outcome for *_, asked in taken)
    for file_id, metadata, extracted, asked in taken:
        yield _TAKE_OVER(
            file_id=file_id,
            new_job_id=job.id,
            new_metadata=metadata,
            new_tag_id=extracted.tag_id,
            new_tag_name=extracted.tag_name,
            new_score=extracted.classification_score,
            new_fails=fails_all or (asked is not None and asked.fails_file),
        )
        yield from store_values(caller.company_id, file_id, extracted)


def _insert(
    settings: Settings,
    policies: Policies,
    caller: Caller,
    job: NewJob,
    outcome: Outcome,
    file_count: int,
    session_id: str | None,
    now: Instant,
) -> Any:
    return _INSERT(
        id=job.id,
        company_id=caller.company_id,
        deferred_session_id=session_id,
        creation_date=now,
        user_name=caller.user_name,
        channel=job.channel,
        input_source_type=job.input_source_type,
        source=job.source,
        container=job.container,
        remote_file_name=job.file_name,
        remote_file_names_json=None if job.file_names is None else json.dumps(job.file_names),
        file_urls_json=None if job.urls is None else json.dumps(job.urls),
        merge=job.merge,
        decompose=job.decompose,
        propagate_metadata=job.propagate_metadata,
        parent_file_prefix=job.parent_file_prefix,
        page_rotation=job.page_rotation,
        metadata_json=job.metadata_json,
        metadata_objects_count=metadata_objects(job.metadata_json),
        file_sources_count=file_count,
        priority=job.priority,
        outcome=outcome.value,
        policy=policy_for(policies, outcome).value,
        retry_limit=policies.job_retry_limit,
        progression=_progression(settings, policies, job.metadata_json).value,
        stage_ms=(
            round(settings.stage_seconds * 1_000)
            if policies.stage_ms is None
            else policies.stage_ms
        ),
        step=-1,
        stepped_at=now,
        fixed_stage=None,
    )


def policy_for(policies: Policies, outcome: Outcome) -> Stage:
    """What a failed file, or download, makes of a job with this outcome."""
    is_invalid = (
        policies.invalid_on_failed_fetch
        if outcome is Outcome.DOWNLOAD_FAILED
        else policies.invalid_on_failed_file
    )
    return Stage.INVALID if is_invalid else Stage.COMPLETED


def _progression(settings: Settings, policies: Policies, metadata_json: str | None) -> Progression:
    """The job's own, else the company's, else the server's."""
    metadata = json.loads(metadata_json) if metadata_json else None
    asked = metadata.get(PROGRESSION_KEY) if isinstance(metadata, dict) else None
    if asked in list(Progression):
        return Progression(asked)
    return policies.progression or settings.progression


def _propagated(metadata_json: str, of_job: Any) -> str:
    """A file's metadata with that of its job attached (docs), whose members win (our choice)."""
    own = json.loads(metadata_json) if metadata_json else None
    both = {**own, **of_job} if isinstance(own, dict) and isinstance(of_job, dict) else of_job
    return json.dumps(both, separators=(",", ":"))
