"""`POST /api/file/upload`: files from elsewhere, and a job that processes them."""

import logging

from fastapi import Request

from alfred_mock.alfred.endpoints import api_router, documented_body
from alfred_mock.alfred.processing.metrics import count_created
from alfred_mock.alfred.processing.progress import REMOTE
from alfred_mock.alfred.remote_uploads import service
from alfred_mock.alfred.remote_uploads.schemas import (
    RemoteUpload,
    RemoteUploadCreated,
    UploadFromSource,
    UploadFromUrl,
    UploadFromUrls,
)
from alfred_mock.auth.dependency import CallerDep
from alfred_mock.core.body import json_of
from alfred_mock.core.errors import (
    BadRequest,
    PayloadTooLarge,
    UnsupportedEncoding,
    describe_errors,
)
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.scope_keys import REASON
from alfred_mock.core.services import ServicesDep

log = logging.getLogger("alfred_mock")

MOST_REASONS = 10
"""Of one upload in the journal; the log has all of them."""

router = api_router("/api/file", "File")


@router.post(
    "/upload",
    summary="Upload Files from Remote Sources, as a new Job.",
    response_model=RemoteUploadCreated,
    responses=describe_errors(
        BadRequest("Exactly one of 'url', 'urls' and 'source' is required."),
        PayloadTooLarge,
        UnsupportedEncoding(),
    ),
    openapi_extra=documented_body(UploadFromUrl, UploadFromUrls, UploadFromSource),
)
async def upload(request: Request, services: ServicesDep, caller: CallerDep) -> JsonReply:
    """The job exists, and with it its files, when this is answered."""
    asked = await json_of(request, RemoteUpload, strict=services.settings.strict)
    job_id, failures = await service.upload(services, caller, asked)
    count_created(services.meter, REMOTE)
    for failure in failures:
        log.warning("job %s: %s", job_id, failure)
    if failures:
        # The client is answered as Alfred would; only the journal and the log can tell it why.
        request.scope[REASON] = " ".join(failures[:MOST_REASONS])
    return JsonReply(RemoteUploadCreated(job_id=job_id, file_id=job_id))
