"""`/api/tagshelf`: what clients call first, to see whether they reach the right place."""

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field

from alfred_mock import __version__
from alfred_mock.alfred.endpoints import ERRORS_OF_CALLER
from alfred_mock.alfred.wire import OptionalId, ShownId
from alfred_mock.auth.caller import Scheme
from alfred_mock.auth.dependency import CallerDep, documented_schemes
from alfred_mock.core.errors import Unavailable, describe_errors
from alfred_mock.core.models import LateModel
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(
    route_class=LateRoute,
    prefix="/api/tagshelf",
    tags=["Alfred"],
    responses=describe_errors(Unavailable),
)


class Status(LateModel):
    """The two fields that are documented, then the two that the SDKs read instead."""

    model_config = ConfigDict(extra="forbid")

    currentVersion: str = Field(examples=[__version__])  # noqa: N815
    status: str = Field(examples=["Online"])
    api_version: str = Field(examples=[__version__])
    db_status: str = Field(examples=["Online"])


class WhoAmI(LateModel):
    """The caller as the SDKs type it; what does not apply to a scheme is null (our choice)."""

    model_config = ConfigDict(extra="forbid")

    request_origin_ip_address: str | None = Field(examples=["127.0.0.1"])
    authentication_type: Scheme
    roles: list[str] = Field(examples=[[]])
    user_name: str = Field(examples=["API Key 1"])
    name: str | None
    last_name: str | None
    user_id: OptionalId
    status: str = Field(examples=["active"])
    company_id: ShownId
    company_name: str = Field(examples=["ACME CO"])
    app_id: OptionalId
    app_name: str | None


class Pong(LateModel):
    """The caller's user name comes back (SDK)."""

    model_config = ConfigDict(extra="forbid")

    pong: str = Field(examples=["API Key 1"])


@router.get(
    "/status",
    summary="Whether Alfred and its database are up.",
    response_model=Status,
)
async def status(services: ServicesDep) -> JsonReply:
    """Needs no credentials (our choice: the SDKs send them only if they have any)."""
    await services.database.schema()
    return JsonReply(
        Status(
            currentVersion=__version__, status="Online", api_version=__version__, db_status="Online"
        )
    )


@router.get(
    "/who-am-i",
    summary="Who the credentials belong to.",
    response_model=WhoAmI,
    responses=describe_errors(*ERRORS_OF_CALLER),
    dependencies=documented_schemes,
)
async def who_am_i(request: Request, services: ServicesDep, caller: CallerDep) -> JsonReply:
    """The caller's company and user or application."""
    return JsonReply(
        WhoAmI(
            request_origin_ip_address=services.forwarding.client_address(request.scope),
            authentication_type=caller.scheme,
            roles=[],
            user_name=caller.user_name,
            name=caller.name,
            last_name=caller.last_name,
            user_id=caller.user_id,
            status="active",
            company_id=caller.company_id,
            company_name=caller.company_name,
            app_id=caller.app_id,
            app_name=caller.app_name,
        )
    )


@router.get(
    "/ping",
    summary="Whether the credentials are good.",
    response_model=Pong,
    responses=describe_errors(*ERRORS_OF_CALLER),
    dependencies=documented_schemes,
)
async def ping(caller: CallerDep) -> JsonReply:
    """Answers with the caller's user name."""
    return JsonReply(Pong(pong=caller.user_name))
