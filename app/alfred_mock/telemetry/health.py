"""`/livez` and `/readyz`: for process managers, balancers and `alfred-mock ready`."""

from fastapi import APIRouter
from pydantic import Field

from alfred_mock.core.database import MIGRATIONS
from alfred_mock.core.errors import Unavailable, describe_errors
from alfred_mock.core.models import LateModel
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import ServicesDep
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(route_class=LateRoute, tags=["Health"])


class Health(LateModel):
    """A healthy server's answer."""

    status: str = Field(examples=["ready"])


class NotReady(Unavailable):
    """The database does not answer, or its schema does not serve this version."""


@router.get("/livez", summary="Whether the process answers.", response_model=Health)
async def livez() -> JsonReply:
    """Says nothing about the database: restarting the server would not mend that."""
    return JsonReply(Health(status="ok"))


@router.get(
    "/readyz",
    summary="Whether requests can be served.",
    response_model=Health,
    responses=describe_errors(NotReady),
)
async def readyz(services: ServicesDep) -> JsonReply:
    """The database answers and its schema serves this version."""
    try:
        reason = MIGRATIONS.explain_difference(await services.database.check())
    except DatabaseUnavailable as unavailable:
        reason = str(unavailable)
    if reason is not None:
        raise NotReady(f"Not ready: {reason}.")
    return JsonReply(Health(status="ready"))
