"""What the database knows of realtime connections, and of how they want to be told."""

from sqlalchemy import bindparam, select, update

from alfred_mock.alfred.tables import EventStream
from alfred_mock.core.services import Services
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.tables import RealtimeConnection

_connections = columns_of(RealtimeConnection)
_streams = columns_of(EventStream)

_OF_PROCESS = Statement(
    select(_connections.id).where(_connections.process_id == bindparam("process_id"))
)
_ALL = Statement(select(_connections.id))
_SET_TRANSPORT = Statement(
    update(RealtimeConnection)
    .where(_connections.id == bindparam("of"))
    .values(transport=bindparam("carried_by"))
)
_STYLE = Statement(
    select(_streams.realtime_style).where(_streams.company_id == bindparam("company_id"))
)


async def connections_of_process(services: Services, process_id: str) -> set[str]:
    """The ids of the connections that this process has."""
    rows = await services.database.fetch(_OF_PROCESS(process_id=process_id))
    return {str(id_) for (id_,) in rows}


async def forget_all(services: Services, outbox: Outbox) -> None:
    """Remove all connections, for a process that has none itself and the database for itself."""
    for (id_,) in await services.database.fetch(_ALL()):
        await outbox.disconnected(str(id_))


async def store_transport(services: Services, socket_id: str, transport: str) -> None:
    """Note what carries a connection's packets now."""
    await services.database.write(_SET_TRANSPORT(of=socket_id, carried_by=transport))


async def style_of(services: Services, company_id: str) -> str:
    """The style in which a company's events are sent, see `events.payloads`."""
    rows = await services.database.fetch(_STYLE(company_id=company_id))
    style = rows[0][0] if rows else None
    return str(style or services.settings.realtime_style)
