"""`/api/job`: create a job from a session, follow it, list the company's."""

from typing import Annotated

from fastapi import Query, Request, Response

from alfred_mock.alfred.endpoints import (
    ERRORS_OF_SESSION,
    api_router,
    documented_body,
    errors_of_id,
)
from alfred_mock.alfred.jobs import repository, service
from alfred_mock.alfred.jobs.schemas import JobCreate, JobCreated, JobDetail, JobList
from alfred_mock.alfred.processing.metrics import count_created, count_stage
from alfred_mock.alfred.processing.progress import DEFERRED
from alfred_mock.alfred.wire import refuse_other_spellings
from alfred_mock.auth.dependency import CallerDep
from alfred_mock.core.body import json_of
from alfred_mock.core.errors import (
    BadRequest,
    PayloadTooLarge,
    UnsupportedEncoding,
    describe_errors,
)
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath

router = api_router("/api/job", "Job")


@router.post(
    "/create",
    summary="Create a new Job and close the deferred upload session.",
    response_model=JobCreated,
    responses=describe_errors(
        BadRequest, *ERRORS_OF_SESSION, PayloadTooLarge, UnsupportedEncoding()
    ),
    openapi_extra=documented_body(JobCreate),
)
async def create(request: Request, services: ServicesDep, caller: CallerDep) -> JsonReply:
    """The job takes over every file of the session, which is closed from then on."""
    asked = await json_of(request, JobCreate, strict=services.settings.strict)
    job_id = await service.create_from_session(services, caller, asked)
    count_created(services.meter, DEFERRED)
    return JsonReply(JobCreated(job_id=job_id))


@router.get(
    "/detail/{id}",
    summary="Get Job details by ID.",
    response_model=JobDetail,
    responses=describe_errors(*errors_of_id("Job")),
)
async def detail(services: ServicesDep, caller: CallerDep, id: IdPath) -> Response:  # noqa: A002
    """The job as it is now, with its files."""
    job = await repository.read(services, caller, id)
    count_stage(services.meter, job.stage)
    return repository.as_reply(job)


@router.get(
    "/all",
    summary="List all Jobs of the company.",
    response_model=JobList,
    responses=describe_errors(BadRequest("Parameter 'pageSize' must be less than or equal to 40.")),
)
async def all_jobs(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    current_page: Annotated[
        int,
        Query(alias="currentPage", ge=1, le=1_000_000, description="1 has the newest jobs."),
    ] = 1,
    page_size: Annotated[
        int, Query(alias="pageSize", ge=1, le=40, description="Jobs on a page.")
    ] = 10,
) -> Response:
    """The newest first; a page beyond the last one is empty."""
    if services.settings.strict:
        try:
            refuse_other_spellings("Parameter", request.query_params, ("currentPage", "pageSize"))
        except ValueError as error:
            raise BadRequest(f"{error}.") from None
    return repository.as_reply(await repository.page(services, caller, current_page, page_size))
