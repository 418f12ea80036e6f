"""`/__admin/requests`: the journal, and waiting for requests."""

from functools import partial
from types import SimpleNamespace
from typing import Any

from fastapi import APIRouter, Response

from alfred_mock.control.company_filter import CompanyQuery
from alfred_mock.control.event_stream import (
    STREAM_CONTENT,
    EventStream,
    LastEventId,
    ServerSent,
    StreamsDep,
    StreamSeconds,
    number_of,
)
from alfred_mock.control.journal import store
from alfred_mock.control.journal.filters import FiltersQuery
from alfred_mock.control.journal.following import Following, follow
from alfred_mock.control.journal.har import har_of
from alfred_mock.control.journal.queue import JournalDep, JournalQueue
from alfred_mock.control.journal.schemas import JournalCount, JournalShown, WaitedInVain, shown
from alfred_mock.control.journal.store import Filters
from alfred_mock.control.waiting import (
    MOST_SHOWN,
    CountQuery,
    LimitQuery,
    TimeoutQuery,
    until_enough,
)
from alfred_mock.core.errors import BadRequest, Conflict, NotFound, describe_errors, error_body
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.core.settings import JournalMode
from alfred_mock.database import Database
from alfred_mock.engine.late_routes import LateRoute

router = APIRouter(route_class=LateRoute, prefix="/requests", tags=["Journal"])

_errors = describe_errors(BadRequest, NotFound, Conflict)


@router.get(
    "",
    summary="What was called and what was answered, the newest last.",
    response_model=JournalShown,
    responses=_errors,
)
async def list_all(
    services: ServicesDep, journal: JournalDep, filters: FiltersQuery, limit: LimitQuery = 100
) -> JsonReply:
    """Every request that was answered before this one was sent is in it.

    Secrets are masked, bodies cut at 16 KiB, and files in forms are left out.
    """
    database = await _up_to_date(services, journal)
    return JsonReply(await _shown(database, filters, limit))


@router.get(
    "/count",
    summary="How many requests were made.",
    response_model=JournalCount,
    responses=_errors,
)
async def count(services: ServicesDep, journal: JournalDep, filters: FiltersQuery) -> JsonReply:
    """How many entries match, less those that had to make room."""
    database = await _up_to_date(services, journal)
    return JsonReply(JournalCount(count=await store.count(database, filters)))


@router.get(
    "/wait",
    summary="Wait until requests were made.",
    response_model=JournalShown,
    responses={**_errors, 408: {"model": WaitedInVain, "description": "Request Timeout"}},
)
async def wait(
    services: ServicesDep,
    journal: JournalDep,
    filters: FiltersQuery,
    count: CountQuery = 1,
    timeout: TimeoutQuery = 5,  # noqa: ASYNC109 - the client's, answered when it is over
    limit: LimitQuery = 100,
) -> JsonReply:
    """Answers once at least so many entries match, or with 408 when the time is over."""

    async def so_far() -> int:
        return await store.count(await _up_to_date(services, journal), filters)

    total = await until_enough(
        so_far, count, timeout, arrival=journal.arrival, arrives=journal.wait
    )
    database = services.database
    if total >= count:
        return JsonReply(await _shown(database, filters, limit))
    entries = await store.find(database, filters, limit=limit)
    message = f"{total} of {count} requests came within {timeout:g} s."
    late: dict[str, Any] = {"total": total, "requests": [shown(entry) for entry in entries]}
    return JsonReply({**error_body(408, message), **late}, status_code=408)


@router.get(
    "/stream",
    summary="Requests as they come, as Server-Sent Events.",
    response_class=Response,
    responses={
        **_errors,
        200: {
            "description": "One event for each entry; its data is a RequestShown.",
            "content": STREAM_CONTENT,
        },
    },
)
async def stream(
    services: ServicesDep,
    journal: JournalDep,
    streams: StreamsDep,
    filters: FiltersQuery,
    last_event_id: LastEventId = None,
    timeout: StreamSeconds = None,  # noqa: ASYNC109 - the client's, answered when it is over
) -> EventStream:
    """Begins with what comes after `since`, or else with what comes from now on.

    The `id` of an event is the number of its entry.
    """
    database = await _up_to_date(services, journal)
    last = number_of(last_event_id)
    if last is None:
        from_start = filters.since is not None
        last = filters.after
        if last is None:
            last = 0 if from_start else await store.last_number(database)
    wanted = filters._replace(after=None)
    read = partial(_read_on, database, wanted)
    following = Following(read, last, may_come_late=database.is_shared)
    matches = filters.matches or _any
    return EventStream(
        (
            [
                ServerSent(shown(entry).model_dump_json(), id=entry.number)
                for entry in entries
                if matches(entry.path, entry.query)
            ]
            async for entries in follow(journal, following)
        ),
        streams,
        seconds=timeout,
    )


async def _read_on(
    database: Database, filters: Filters, last: int, limit: int
) -> list[SimpleNamespace]:
    return await store.find_next(database, filters, last=last, limit=limit)


def _any(path: str, query: str) -> bool:
    return True


@router.get(
    "/har",
    summary="The journal as an HTTP archive.",
    response_model=dict[str, Any],
    responses=_errors,
)
async def har(
    services: ServicesDep,
    journal: JournalDep,
    filters: FiltersQuery,
    limit: LimitQuery = MOST_SHOWN,
) -> JsonReply:
    """HAR 1.2, which browsers and proxies open; secrets are masked."""
    database = await _up_to_date(services, journal)
    entries = await store.find(database, filters, limit=limit)
    return JsonReply(har_of(entries, public_url=services.settings.public_url))


@router.delete(
    "",
    summary="Empty the journal.",
    response_model=dict[str, str],
    responses=describe_errors(BadRequest, NotFound),
)
async def empty(journal: JournalDep, company: CompanyQuery = None) -> JsonReply:
    """That of a company, or all of it; numbers go on from where they are."""
    await journal.forget(company)
    return JsonReply({})


async def _up_to_date(services: Services, journal: JournalQueue) -> Database:
    """The database, once all requests so far are in it.

    Raises:
        Conflict: the journal is off; an empty one would say that nothing was called.
    """
    if services.settings.with_journal is JournalMode.OFF:
        raise Conflict("The journal is off: ALFRED_MOCK_JOURNAL=on turns it on.")
    await journal.flush()
    return services.database


async def _shown(database: Database, filters: Filters, limit: int) -> JournalShown:
    return JournalShown(
        total=await store.count(database, filters),
        dropped=await store.dropped(database, filters.company_id),
        requests=[shown(entry) for entry in await store.find(database, filters, limit=limit)],
    )
