"""Creating jobs: how a job will end is decided here, once and for all."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select

from alfred_mock.alfred.companies.repository import Policies, policies_of
from alfred_mock.alfred.deferred_sessions import locks
from alfred_mock.alfred.jobs.schemas import JobAsked, JobCreate
from alfred_mock.alfred.processing import outcomes
from alfred_mock.alfred.processing.extraction import rulebook, store_values
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.alfred.processing.progress import DEFERRED
from alfred_mock.alfred.tables import File, FileValue, Job
from alfred_mock.alfred.wire import metadata_text, objects_in
from alfred_mock.auth.caller import Caller
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Progression, Settings
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, Update

_files = columns_of(File)
_values = columns_of(FileValue)

PROGRESSION_KEY = "alfred_mock_progression"
"""The member of a job's metadata that chooses its progression (our choice)."""

_FILES = Statement(
    select(_files.id, _files.uploaded_name, _files.metadata_json)
    .where(_files.deferred_session_id == bindparam("session_id"))
    .order_by(_files.creation_date, _files.position, _files.id)
)
# A waiting file has values only if a seed or a tester has given it some.
_FORGET_VALUES = Statement(
    delete(FileValue).where(
        _values.file_id.in_(
            select(_files.id).where(_files.deferred_session_id == bindparam("session_id"))
        )
    )
)
_INSERT = Insert(Job)
_TAKE_OVER = Update(
    File, "job_id", "metadata_json", "tag_id", "tag_name", "classification_score", "fails"
)


class FileToTake(NamedTuple):
    """A file that a job takes over."""

    id: str
    uploaded_name: str
    metadata_json: str
    outcome: Outcome | None = None
    """How it ends, if that is known already: its download has failed."""


def asked_of(body: JobAsked) -> dict[str, Any]:
    """The columns of a job that follow from the body of the request."""
    columns, names = Job.model_fields, body.file_names
    return {
        **{name: value for name, value in vars(body).items() if name in columns},
        "metadata_json": metadata_text(body.metadata),
        "remote_file_name": body.file_name,
        "remote_file_names_json": None if names is None else json.dumps(names),
    }


async def create_from_session(services: Services, caller: Caller, asked: JobCreate) -> str:
    """Close the session with a new job of all its files and return the job's id.

    Raises:
        NotFound: the caller's company has no such session.
        Conflict: the session is closed already.
        BadRequest: nothing was uploaded to it (SDK: such a session cannot become a job).
    """
    job = {
        "id": services.ids.uuid(),
        **asked_of(asked),
        "input_source_type": DEFERRED,
        "deferred_session_id": asked.session_id,
    }
    now = services.clock.now(caller.company_id)
    await services.database.transact(_close_session(services, caller, job, now))
    return str(job["id"])


def _close_session(
    services: Services, caller: Caller, job: dict[str, Any], now: Instant
) -> Transaction[None]:
    session_id = job["deferred_session_id"]
    yield from locks.lock_open_session(caller.company_id, session_id, alone=True)
    rows = yield _FILES(session_id=session_id)
    if not rows:
        raise BadRequest(f"Deferred Session with ID {session_id} has no files.")
    yield _FORGET_VALUES(session_id=session_id)
    yield from add(services, caller, job, [FileToTake(*row) for row in rows], now=now)
    yield from locks.close(session_id, job["id"], now)


def add(
    services: Services,
    caller: Caller,
    job: dict[str, Any],
    files: Sequence[FileToTake],
    *,
    now: Instant,
) -> Transaction[None]:
    """Store a job and let it take over these files.

    `job` is a row without the columns that follow from the company, the files and the time.
    """
    settings = services.settings
    policies = yield from policies_of(caller.company_id)
    rules = yield from rulebook(caller.company_id)
    job_metadata = _content(job["metadata_json"])
    taken = []
    for file in files:
        metadata = _content(file.metadata_json)
        if job["propagate_metadata"] and job["metadata_json"]:
            metadata = _propagated(metadata, job_metadata)
            file = file._replace(metadata_json=json.dumps(metadata, separators=(",", ":")))
        extracted = rules.extract(file.uploaded_name, metadata)
        asked = file.outcome or outcomes.of_file(file.uploaded_name, metadata, extracted.outcome)
        taken.append((file, extracted, asked))
    outcome = outcomes.of_job(job_metadata, [asked for *_, asked in taken])
    stage_ms = policies.stage_ms
    yield _INSERT(
        **job,
        company_id=caller.company_id,
        user_name=caller.user_name,
        creation_date=now,
        stepped_at=now,
        metadata_objects_count=objects_in(job_metadata),
        file_sources_count=len(files),
        outcome=outcome.value,
        policy=policy_for(policies, outcome).value,
        retry_limit=policies.job_retry_limit,
        progression=_progression(settings, policies, job_metadata).value,
        stage_ms=round(settings.stage_seconds * 1_000) if stage_ms is None else stage_ms,
    )
    # Where only the job asks for a failing file, all of them fail.
    fails_all = outcome.fails_file and not any(asked is outcome for *_, asked in taken)
    for file, extracted, asked in taken:
        yield _TAKE_OVER(
            id=file.id,
            job_id=job["id"],
            metadata_json=file.metadata_json,
            tag_id=extracted.tag_id,
            tag_name=extracted.tag_name,
            classification_score=extracted.classification_score,
            fails=fails_all or (asked is not None and asked.fails_file),
        )
        yield from store_values(caller.company_id, file.id, extracted)
    if policies.is_listened_to:
        yield from services.facts.job_moved(caller.company_id, job["id"], now)


def _content(metadata_json: str | None) -> Any:
    return json.loads(metadata_json) if metadata_json else None


def policy_for(policies: Policies, outcome: Outcome) -> Stage:
    """The stage that a failed file, or download, leads to in a job with this outcome."""
    is_invalid = (
        policies.invalid_on_failed_fetch
        if outcome is Outcome.DOWNLOAD_FAILED
        else policies.invalid_on_failed_file
    )
    return Stage.INVALID if is_invalid else Stage.COMPLETED


def _progression(settings: Settings, policies: Policies, metadata: Any) -> Progression:
    """The job's own, else the company's, else the server's."""
    asked = metadata.get(PROGRESSION_KEY) if isinstance(metadata, dict) else None
    if asked in list(Progression):
        return Progression(asked)
    return policies.progression or settings.progression


def _propagated(own: Any, of_job: Any) -> Any:
    """A file's metadata with that of its job attached (docs), whose members win (our choice)."""
    return {**own, **of_job} if isinstance(own, dict) and isinstance(of_job, dict) else of_job
