"""`/api/tag`, `/api/values` and `/api/report`: tags, and what was extracted from files."""

from fastapi import APIRouter

from alfred_mock.alfred.tags import repository
from alfred_mock.alfred.tags.schemas import ReportRow, TagShown, ValueShown
from alfred_mock.auth.dependency import CallerDep, documented_schemes
from alfred_mock.core.errors import (
    BadRequest,
    NotFound,
    Unauthorized,
    Unavailable,
    describe_errors,
)
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath

router = APIRouter(prefix="/api", dependencies=documented_schemes)

_BY_TAG = describe_errors(
    BadRequest,
    Unauthorized,
    NotFound,
    Unavailable,
    BadRequest="Parameter 'id' must be a UUID.",
    NotFound="Tag with ID 456f1234-e89b-12d3-a456-426655440000 does not exist.",
)


@router.get(
    "/tag/all",
    tags=["Tag"],
    summary="List all Tags of the company.",
    response_model=list[TagShown],
    responses=describe_errors(Unauthorized, Unavailable),
)
async def all_tags(services: ServicesDep, caller: CallerDep) -> JsonReply:
    """In the order of the seed."""
    return JsonReply(await repository.tags(services, caller.company_id))


@router.get(
    "/values/file/{id}",
    tags=["Metadata Values"],
    summary="Get the values that were extracted from a File.",
    response_model=list[ValueShown],
    responses=describe_errors(
        BadRequest,
        Unauthorized,
        NotFound,
        Unavailable,
        BadRequest="Parameter 'id' must be a UUID.",
        NotFound="File with ID 456f1234-e89b-12d3-a456-426655440000 does not exist.",
    ),
)
async def values_of_file(
    services: ServicesDep,
    caller: CallerDep,
    id: IdPath,  # noqa: A002
) -> JsonReply:
    """Empty before the file's job has come to extracting them."""
    return JsonReply(await repository.values_of_file(services, caller, id))


@router.get(
    "/values/tag/{id}",
    tags=["Metadata Values"],
    summary="Get the values that were extracted from all Files of a Tag.",
    response_model=list[ValueShown],
    responses=_BY_TAG,
)
async def values_of_tag(
    services: ServicesDep,
    caller: CallerDep,
    id: IdPath,  # noqa: A002
) -> JsonReply:
    """The same as for each of the files, one after the other."""
    return JsonReply(await repository.values_of_tag(services, caller, id))


@router.get(
    "/report/tag/{id}",
    tags=["Report"],
    summary="Report the confirmed values of all Files of a Tag.",
    response_model=list[ReportRow],
    responses=_BY_TAG,
)
async def report_of_tag(
    services: ServicesDep,
    caller: CallerDep,
    id: IdPath,  # noqa: A002
) -> JsonReply:
    """A row for each file, with the names of the data points as keys."""
    return JsonReply(await repository.report(services, caller, id))
