"""`/api/job`: create a job from a session, follow it, list the company's."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from alfred_mock.alfred.jobs import repository, service
from alfred_mock.alfred.jobs.schemas import JobCreate, JobCreated, JobDetail, JobList
from alfred_mock.alfred.wire import documented_body
from alfred_mock.auth.dependency import CallerDep, documented_schemes
from alfred_mock.core.body import json_of
from alfred_mock.core.errors import (
    BadRequest,
    Conflict,
    NotFound,
    PayloadTooLarge,
    Unauthorized,
    Unavailable,
    describe_errors,
)
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath

router = APIRouter(prefix="/api/job", tags=["Job"], dependencies=documented_schemes)


@router.post(
    "/create",
    summary="Create a new Job and close the deferred upload session.",
    response_model=JobCreated,
    responses=describe_errors(
        BadRequest,
        Unauthorized,
        NotFound,
        Conflict,
        PayloadTooLarge,
        Unavailable,
        NotFound="Deferred Session with ID 456f1234-e89b-12d3-a456-426655440000 does not exist.",
        Conflict="Deferred Session with ID 0f767925-b464-4ffa-b621-1a0aeacac256 is closed.",
    ),
    openapi_extra=documented_body(JobCreate),
)
async def create(request: Request, services: ServicesDep, caller: CallerDep) -> JsonReply:
    """The job takes over every file of the session, which is closed from then on."""
    asked = await json_of(request, JobCreate)
    job_id = await service.create_from_session(services, caller, asked)
    return JsonReply(JobCreated(job_id=job_id))


@router.get(
    "/detail/{id}",
    summary="Get Job details by ID.",
    response_model=JobDetail,
    responses=describe_errors(
        BadRequest,
        Unauthorized,
        NotFound,
        Unavailable,
        BadRequest="Parameter 'id' must be a UUID.",
        NotFound="Job with ID 456f1234-e89b-12d3-a456-426655440000 does not exist.",
    ),
)
async def detail(services: ServicesDep, caller: CallerDep, id: IdPath) -> JsonReply:  # noqa: A002
    """The job as it is now, with its files."""
    return JsonReply(await repository.read(services, caller, id))


@router.get(
    "/all",
    summary="List all Jobs of the company.",
    response_model=JobList,
    responses=describe_errors(
        BadRequest,
        Unauthorized,
        Unavailable,
        BadRequest="Parameter 'pageSize' must be less than or equal to 40.",
    ),
)
async def all_jobs(
    services: ServicesDep,
    caller: CallerDep,
    current_page: Annotated[int, Query(alias="currentPage", ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=40)] = 10,
) -> JsonReply:
    """The newest first; a page beyond the last one is empty."""
    return JsonReply(await repository.page(services, caller, current_page, page_size))
