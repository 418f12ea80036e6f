"""Statements of what the outbox hands out and keeps: events, and who is connected."""

from types import SimpleNamespace

from sqlalchemy import bindparam, select, update

from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.database import Database, Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Selection
from alfred_mock.events.listening import disconnect
from alfred_mock.events.tables import Event, RealtimeConnection

STALE_SECONDS = 60
"""A connection whose process has not been heard of for so long has gone with it."""

_events = columns_of(Event)
_connections = columns_of(RealtimeConnection)
_EVENT = Selection(Event)

_AFTER = Statement(
    select(*_EVENT.columns)
    .where(_events.company_id == bindparam("company_id"), _events.number > bindparam("number"))
    .order_by(_events.number)
    .limit(bindparam("most"))
)
_SEEN = Statement(
    update(RealtimeConnection)
    .where(_connections.process_id == bindparam("of_process"))
    .values(seen_at=bindparam("now"))
)
_OWNER = Statement(select(_connections.company_id).where(_connections.id == bindparam("id")))
_STALE = Statement(
    select(_connections.id, _connections.company_id).where(
        _connections.seen_at < bindparam("before")
    )
)
_ANY = Statement(select(_connections.id).limit(1))


async def events_after(
    database: Database, company_id: str, number: int, limit: int
) -> list[SimpleNamespace]:
    """A company's events after this number, at most `limit`, in their order."""
    rows = await database.fetch(_AFTER(company_id=company_id, number=number, most=limit))
    return [_EVENT.read(row) for row in rows]


async def forget_connection(database: Database, connection_id: str) -> None:
    """Forget a realtime connection, of whichever company."""
    for (company_id,) in await database.fetch(_OWNER(id=connection_id)):
        await database.transact(disconnect(str(company_id), connection_id))


async def see_connections(database: Database, process_id: str, now: Instant) -> None:
    """Note that the connections of a process are there, and forget those of dead ones."""
    await database.write(_SEEN(of_process=process_id, now=now))
    before = now - STALE_SECONDS * SECOND
    for id_, company_id in await database.fetch(_STALE(before=before)):
        await database.transact(disconnect(str(company_id), id_))


async def are_any_connections(database: Database) -> bool:
    """Whether any process has connections, or has died with some."""
    return bool(await database.fetch(_ANY()))
