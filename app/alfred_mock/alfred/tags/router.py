"""`/api/tag`, `/api/values` and `/api/report`: tags, and what was extracted from files."""

from fastapi import Response

from alfred_mock.alfred.endpoints import api_router, errors_of_id
from alfred_mock.alfred.tags import repository
from alfred_mock.alfred.tags.schemas import ReportRow, TagShown, ValueShown
from alfred_mock.auth.dependency import CallerDep
from alfred_mock.core.errors import describe_errors
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.streams import json_list
from alfred_mock.core.values import IdPath

router = api_router("/api")

_BY_TAG = describe_errors(*errors_of_id("Tag"))


@router.get(
    "/tag/all",
    tags=["Tag"],
    summary="List all Tags of the company.",
    response_model=list[TagShown],
)
async def all_tags(services: ServicesDep, caller: CallerDep) -> JsonReply:
    """In the order of the seed."""
    return JsonReply(await repository.tags(services, caller.company_id))


@router.get(
    "/values/file/{id}",
    tags=["Metadata Values"],
    summary="Get the values that were extracted from a File.",
    response_model=list[ValueShown],
    responses=describe_errors(*errors_of_id("File")),
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
) -> Response:
    """The same as for each of the files, one after the other."""
    return await json_list(repository.values_of_tag(services, caller, id))


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
) -> Response:
    """A row for each file, with the names of the data points as keys."""
    return await json_list(repository.report(services, caller, id))
