"""Realtime connections: who listens, and connections lost on purpose."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import ConfigDict
from sqlalchemy import bindparam, select

from alfred_mock.alfred.wire import Date, Id
from alfred_mock.control.company_filter import CompanyQuery, of_company
from alfred_mock.control.company_tokens import only_own
from alfred_mock.core.clock import SECOND, to_wire
from alfred_mock.core.errors import BadRequest, NotFound, describe_errors
from alfred_mock.core.models import LateModel
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.engine.late_routes import LateRoute
from alfred_mock.events.listening import disconnect
from alfred_mock.events.stored import STALE_SECONDS
from alfred_mock.events.tables import RealtimeConnection

router = APIRouter(route_class=LateRoute, prefix="/connections", tags=["Realtime"])

_connections = columns_of(RealtimeConnection)
_LIST = Statement(
    select(
        _connections.id,
        _connections.company_id,
        _connections.user_name,
        _connections.transport,
        _connections.connected_at,
    )
    .where(of_company(_connections.company_id), _connections.seen_at >= bindparam("since"))
    .order_by(_connections.connected_at, _connections.id)
)
_OWNER = Statement(select(_connections.company_id).where(_connections.id == bindparam("id")))
_NONE = NotFound("There is no such connection.")

ConnectionId = Annotated[
    str,
    Path(
        description="Its id, as the list of connections has it.",
        min_length=1,
        max_length=128,
        pattern=r"^[\w-]+$",
    ),
]


class ConnectionShown(LateModel):
    """A client that is connected by Socket.IO."""

    model_config = ConfigDict(extra="forbid")

    id: str
    company: Id
    user_name: str
    transport: str
    connected: Date


class ConnectionList(LateModel):
    """The connections to all processes, the oldest first."""

    model_config = ConfigDict(extra="forbid")

    connections: list[ConnectionShown]


class ConnectionsDropped(LateModel):
    """How many connections were dropped."""

    model_config = ConfigDict(extra="forbid")

    dropped: int


@router.get(
    "",
    summary="The realtime connections.",
    response_model=ConnectionList,
    responses=describe_errors(BadRequest, NotFound),
)
async def list_connections(services: ServicesDep, company: CompanyQuery) -> JsonReply:
    """`id` is what the client knows as its socket's id. Dates are in real time."""
    shown = [
        {
            "id": id_,
            "company": company_id,
            "user_name": user_name,
            "transport": transport,
            "connected": to_wire(connected_at),
        }
        for id_, company_id, user_name, transport, connected_at in await _listed(services, company)
    ]
    return JsonReply({"connections": shown})


@router.delete(
    "",
    summary="Drop all realtime connections.",
    response_model=ConnectionsDropped,
    responses=describe_errors(BadRequest, NotFound),
)
async def drop_all(services: ServicesDep, company: CompanyQuery) -> JsonReply:
    """The clients lose them as if the network had failed, and connect again by themselves."""
    rows = await _listed(services, company)
    for id_, company_id, *_ in rows:
        await services.database.transact(disconnect(str(company_id), str(id_)))
    await services.database.announce()
    return JsonReply({"dropped": len(rows)})


@router.delete(
    "/{id}",
    summary="Drop a realtime connection.",
    response_model=ConnectionsDropped,
    responses=describe_errors(BadRequest, _NONE),
)
async def drop(services: ServicesDep, id: ConnectionId) -> JsonReply:  # noqa: A002
    """Its client loses it as if the network had failed, and connects again by itself."""
    found = await services.database.fetch(_OWNER(id=id))
    if not found:
        only_own(None)
        raise NotFound(_NONE.message)
    owner = str(found[0][0])
    only_own(owner)
    await services.database.transact(disconnect(owner, id))
    await services.database.announce()
    return JsonReply({"dropped": 1})


async def _listed(services: Services, company_id: str | None) -> list[Any]:
    since = services.clock.real() - STALE_SECONDS * SECOND
    return await services.database.fetch(_LIST(company_id=company_id, since=since))
