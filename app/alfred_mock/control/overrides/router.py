"""Calls that override the state of a session, a job, a file or a token."""

from typing import Any

from fastapi import APIRouter

from alfred_mock.alfred.deferred_sessions.schemas import SessionDetail
from alfred_mock.alfred.files.schemas import FileDetail
from alfred_mock.alfred.jobs.schemas import JobDetail
from alfred_mock.control.company_filter import company_id_of
from alfred_mock.control.overrides import files, jobs, removals, sessions, tokens
from alfred_mock.control.overrides.schemas import (
    FilePatch,
    JobPatch,
    SessionMake,
    SessionPatch,
    TokensExpire,
    TokensExpired,
)
from alfred_mock.core.errors import ApiError, BadRequest, Conflict, NotFound, Unavailable
from alfred_mock.core.errors import describe_errors as described
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.core.values import IdPath
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(route_class=LateRoute, tags=["State"])

_UNKNOWN = "456f1234-e89b-12d3-a456-426655440000"
_NO_ID = "Parameter 'id' must be a UUID."
_BAD_KEY = "Parameter 'body' has no key 'statsu'; the nearest is 'status'."


def _errors(not_found: str, *others: ApiError, bad: str = _BAD_KEY) -> Any:
    return described(BadRequest(bad), NotFound(not_found), *others, Unavailable)


@router.post(
    "/deferred-sessions",
    summary="Make a session as it should be.",
    response_model=SessionDetail,
    responses=_errors(
        "There is no company with this id or credential.",
        Conflict(f"Deferred Session with ID {_UNKNOWN} exists already."),
    ),
)
async def make_session(services: ServicesDep, asked: SessionMake) -> JsonReply:
    """Of any age, open, or closed by a job that need not exist."""
    company_id = await company_id_of(services, asked.company)
    assert company_id is not None  # noqa: S101 - the schema asks for it
    return JsonReply(await sessions.make(services, company_id, asked))


@router.patch(
    "/deferred-sessions/{id}",
    summary="Change a session.",
    response_model=SessionDetail,
    responses=_errors(f"Deferred Session with ID {_UNKNOWN} does not exist."),
)
async def change_session(
    services: ServicesDep,
    id: IdPath,  # noqa: A002
    asked: SessionPatch,
) -> JsonReply:
    """Open one that was closed, close one by any job, change its dates.

    A job that exists takes over the files that wait in the session it is said to have closed. A
    job whose session is opened again keeps its files, and was created from no session any more.
    """
    return JsonReply(await sessions.change(services, id, asked))


@router.patch(
    "/jobs/{id}",
    summary="Move a job, or hold it where it is.",
    response_model=JobDetail,
    responses=_errors(
        f"Job with ID {_UNKNOWN} does not exist.",
        bad="Parameter 'body' has both stage and advance.",
    ),
)
async def change_job(
    services: ServicesDep,
    id: IdPath,  # noqa: A002
    asked: JobPatch,
) -> JsonReply:
    """Whatever the progression says. The answer does not move a manual job on."""
    return JsonReply(await jobs.change(services, id, asked))


@router.patch(
    "/files/{id}",
    summary="Change what became of a file.",
    response_model=FileDetail,
    responses=_errors(
        f"File with ID {_UNKNOWN} does not exist.",
        bad="Field 'tag': there is no tag FACTURAS; the nearest is FACTURA.",
    ),
)
async def change_file(
    services: ServicesDep,
    id: IdPath,  # noqa: A002
    asked: FilePatch,
) -> JsonReply:
    """Its tag and values are shown once its status says that it has them, as always."""
    return JsonReply(await files.change(services, id, asked))


@router.delete(
    "/deferred-sessions/{id}",
    summary="Remove a session.",
    response_model=dict[str, str],
    responses=_errors(f"Deferred Session with ID {_UNKNOWN} does not exist.", bad=_NO_ID),
)
async def remove_session(services: ServicesDep, id: IdPath) -> JsonReply:  # noqa: A002
    """Files that wait in it go with it; a job that has closed it stays, with all its files."""
    await removals.SESSIONS.remove(services, id)
    return JsonReply({})


@router.delete(
    "/jobs/{id}",
    summary="Remove a job.",
    response_model=dict[str, str],
    responses=_errors(f"Job with ID {_UNKNOWN} does not exist.", bad=_NO_ID),
)
async def remove_job(services: ServicesDep, id: IdPath) -> JsonReply:  # noqa: A002
    """Its files go with it; the session that it has closed stays closed."""
    await removals.JOBS.remove(services, id)
    return JsonReply({})


@router.delete(
    "/files/{id}",
    summary="Remove a file.",
    response_model=dict[str, str],
    responses=_errors(f"File with ID {_UNKNOWN} does not exist.", bad=_NO_ID),
)
async def remove_file(services: ServicesDep, id: IdPath) -> JsonReply:  # noqa: A002
    """Its content goes with it, and its job has one file less."""
    await removals.FILES.remove(services, id)
    return JsonReply({})


@router.post(
    "/tokens/expire",
    summary="Expire access tokens.",
    response_model=TokensExpired,
    responses=_errors(
        "There is no user SuperTagShelf.",
        bad="Parameter 'body' has no key 'user'; the nearest is 'user_name'.",
    ),
)
async def expire_tokens(services: ServicesDep, asked: TokensExpire | None = None) -> JsonReply:
    """Every token, or those of a company or a user, is refused everywhere when this is answered."""
    asked = asked or TokensExpire()
    company_id = await company_id_of(services, asked.company)
    return JsonReply(
        TokensExpired(expired=await tokens.expire(services, company_id, asked.user_name))
    )
