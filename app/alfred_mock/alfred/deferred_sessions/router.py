"""`/api/deferred`: open a session, look at it."""

from alfred_mock.alfred.deferred_sessions import repository
from alfred_mock.alfred.deferred_sessions.schemas import SessionCreated, SessionDetail
from alfred_mock.alfred.endpoints import api_router, errors_of_id
from alfred_mock.auth.dependency import CallerDep
from alfred_mock.core.errors import PayloadTooLarge, describe_errors
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath

router = api_router("/api/deferred", "Deferred Session")


@router.post(
    "/create",
    summary="Create a new Deferred Session.",
    response_model=SessionCreated,
    responses=describe_errors(PayloadTooLarge),
)
async def create(services: ServicesDep, caller: CallerDep) -> JsonReply:
    """Start a session to which files can be uploaded until a job is created.

    Takes no body; whatever body is sent is ignored, as clients send empty and JSON ones.
    """
    return JsonReply(SessionCreated(session_id=await repository.create(services, caller)))


@router.get(
    "/detail/{id}",
    summary="Retrieve details of a specific Deferred Session.",
    response_model=SessionDetail,
    responses=describe_errors(*errors_of_id("Deferred Session")),
)
async def detail(services: ServicesDep, caller: CallerDep, id: IdPath) -> JsonReply:  # noqa: A002
    """The session as it is now; a session of another company is as unknown as none at all."""
    return JsonReply(await repository.find(services, caller, id))
