"""Adds a company's sessions, jobs and files to the database where they are missing."""

import io
import json

from alfred_mock.alfred.companies.repository import policies_of
from alfred_mock.alfred.jobs.service import policy_for
from alfred_mock.alfred.processing.extraction import (
    DEFAULT_SCORE,
    NOTHING,
    Extracted,
    Rulebook,
    store_values,
)
from alfred_mock.alfred.remote_uploads.stand_in import content_type_of
from alfred_mock.alfred.tables import DeferredSession, File, Job
from alfred_mock.alfred.wire import metadata_objects, metadata_text
from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.content import content_of, md5_of
from alfred_mock.control.seed.uploads import FileSeed, JobSeed
from alfred_mock.control.seed.writing import Adding
from alfred_mock.core.services import Services
from alfred_mock.database import Transaction

_ADD_SESSION = Adding(DeferredSession, "deferred session")
_ADD_JOB = Adding(Job, "job")
_ADD_FILE = Adding(File, "file")


def add_uploads(
    services: Services, company: CompanySeed, rules: Rulebook, source: str
) -> Transaction[None]:
    """Add what is missing, each with all that it is made of.

    Raises:
        Refusal: an id belongs to another company.
    """
    for session in company.deferred_sessions:
        values = session.model_dump()
        values["update_date"] = values["update_date"] or values["creation_date"]
        yield from _ADD_SESSION(source, company_id=company.id, **values)
    for job in company.jobs:
        yield from _add_job(services, company, job, source)
    for position, file in enumerate(company.files):
        yield from _add_file(services, company.id, position, file, rules, source)


def _add_job(
    services: Services, company: CompanySeed, job: JobSeed, source: str
) -> Transaction[None]:
    policies = yield from policies_of(company.id)
    seconds = next(
        seconds
        for seconds in (
            job.stage_seconds,
            company.stage_seconds,
            services.settings.stage_seconds,
        )
        if seconds is not None
    )
    metadata_json = metadata_text(job.metadata)
    yield from _ADD_JOB(
        source,
        id=job.id,
        company_id=company.id,
        deferred_session_id=job.deferred_session_id,
        creation_date=job.creation_date,
        user_name=job.user_name,
        channel=job.channel,
        input_source_type=job.input_source_type,
        source=job.source,
        container=job.container,
        remote_file_name=job.remote_file_name,
        remote_file_names_json=_list(job.remote_file_names),
        file_urls_json=_list(job.file_urls),
        merge=job.merge,
        decompose=job.decompose,
        propagate_metadata=job.propagate_metadata,
        parent_file_prefix=job.parent_file_prefix,
        page_rotation=job.page_rotation,
        metadata_json=metadata_json,
        metadata_objects_count=metadata_objects(metadata_json),
        file_sources_count=sum(file.job_id == job.id for file in company.files),
        priority=job.priority,
        outcome=job.outcome.value,
        policy=job.policy or policy_for(policies, job.outcome).value,
        retry_limit=policies.job_retry_limit if job.retry_limit is None else job.retry_limit,
        progression=job.progression.value,
        stage_ms=milliseconds(seconds),
        step=job.step,
        stepped_at=job.creation_date if job.step_date is None else job.step_date,
        fixed_stage=None if job.stage is None else job.stage.value,
    )


def _add_file(
    services: Services,
    company_id: str,
    position: int,
    file: FileSeed,
    rules: Rulebook,
    source: str,
) -> Transaction[None]:
    content = content_of(file)
    extracted = _extracted(file, rules)
    is_new = yield from _ADD_FILE(
        source,
        id=file.id,
        company_id=company_id,
        deferred_session_id=file.deferred_session_id,
        job_id=file.job_id,
        position=position,
        creation_date=file.creation_date,
        update_date=file.creation_date if file.update_date is None else file.update_date,
        uploaded_name=file.uploaded_name or file.file_name,
        file_name=file.file_name,
        content_type=file.content_type or content_type_of(file.file_name),
        file_size=len(content),
        md5_hash=md5_of(content),
        channel="api",
        metadata_json=metadata_text(file.metadata) or "",
        tag_id=extracted.tag_id,
        tag_name=extracted.tag_name,
        classification_score=extracted.classification_score,
        fails=file.fails,
        fixed_status=None if file.status is None else file.status.value,
    )
    if is_new:
        yield from services.storage.statements(company_id, file.id, io.BytesIO(content))
        yield from store_values(company_id, file.id, extracted)


def _extracted(file: FileSeed, rules: Rulebook) -> Extracted:
    """What was extracted from a file: what the seed says, and nothing else."""
    tag = next((tag for tag in rules.tags if tag.name == file.tag), None)
    if tag is None:
        return NOTHING._replace(classification_score=file.classification_score or 0.0)
    known = {point.name: point for point in tag.points}
    points = [known[name]._replace(value=value) for name, value in file.values.items()]
    score = DEFAULT_SCORE if file.classification_score is None else file.classification_score
    return Extracted(tag.id, tag.name, score, points, file.confirmed, None)


def _list(texts: list[str] | None) -> str | None:
    return None if texts is None else json.dumps(texts)


def milliseconds(seconds: float) -> int:
    """Seconds of a seed as they are stored."""
    return round(seconds * 1_000)
