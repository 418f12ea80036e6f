"""`/api/file`: upload into a session, look at a file, download it."""

from fastapi import Request, Response

from alfred_mock.alfred.endpoints import ERRORS_OF_SESSION, api_router, errors_of_id
from alfred_mock.alfred.files import repository, uploads
from alfred_mock.alfred.files.conditions import is_known, not_modified
from alfred_mock.alfred.files.described import CONDITIONS, DOWNLOADED, UPLOAD
from alfred_mock.alfred.files.download import FileReply, etag_of
from alfred_mock.alfred.files.schemas import FileCreated, FileDetail
from alfred_mock.auth.dependency import CallerDep
from alfred_mock.core.errors import (
    BadRequest,
    PayloadTooLarge,
    PreconditionFailed,
    RangeNotSatisfiable,
    UnsupportedEncoding,
    describe_errors,
)
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath

router = api_router("/api/file", "File")


@router.post(
    "/uploadfile",
    summary="Upload a file by stream into a Deferred Session.",
    response_model=FileCreated,
    responses=describe_errors(
        BadRequest("Part 'session_id' is required."),
        *ERRORS_OF_SESSION,
        PayloadTooLarge,
        UnsupportedEncoding(),
    ),
    openapi_extra=UPLOAD,
)
async def uploadfile(request: Request, services: ServicesDep, caller: CallerDep) -> JsonReply:
    """The file waits in the session until a job takes it over; nothing is processed yet."""
    return JsonReply(FileCreated(file_id=await uploads.upload(request, services, caller)))


@router.get(
    "/detail/{id}",
    summary="Get file details by ID.",
    response_model=FileDetail,
    responses=describe_errors(*errors_of_id("File")),
)
async def detail(services: ServicesDep, caller: CallerDep, id: IdPath) -> JsonReply:  # noqa: A002
    """The file as it is now; how far it is follows from its job."""
    return JsonReply(await repository.find(services, caller, id))


@router.get(
    "/download/{id}",
    summary="Download file by ID.",
    response_class=Response,
    responses={
        **DOWNLOADED,
        **describe_errors(
            *errors_of_id("File"),
            PreconditionFailed('"XrY7u+Ae7tCTyyK7j1rNww=="'),
            RangeNotSatisfiable(2),
        ),
    },
    openapi_extra=CONDITIONS,
)
async def download(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    id: IdPath,  # noqa: A002
) -> Response:
    """The content, or the range of it that `Range` names, under the file's name."""
    file = await repository.find_stored(services, caller, id)
    if is_known(request.headers, etag_of(file)):
        return not_modified(etag_of(file))
    return FileReply(
        services.storage,
        file,
        range_header=request.headers.get("Range"),
        if_range=request.headers.get("If-Range"),
    )
