"""`/__admin/events`: what was told, waiting for it, and telling more."""

from functools import partial
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from alfred_mock.alfred.wire import Id
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
from alfred_mock.control.events import store
from alfred_mock.control.events.emitting import emit
from alfred_mock.control.events.following import Following, follow
from alfred_mock.control.events.schemas import (
    Emit,
    EventName,
    EventsAwaited,
    EventShown,
    EventsShown,
    shown,
)
from alfred_mock.control.events.store import Filters
from alfred_mock.control.since import SinceText, parse_since
from alfred_mock.control.waiting import CountQuery, LimitQuery, TimeoutQuery, until_enough
from alfred_mock.core.errors import BadRequest, NotFound, describe_errors, error_body
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import Services, ServicesDep
from alfred_mock.engine.late_routes import LateRoute
from alfred_mock.events.outbox import Outbox

router = APIRouter(route_class=LateRoute, prefix="/events", tags=["Events"])

_errors = describe_errors(BadRequest, NotFound)


async def _outbox(request: Request) -> Outbox:
    return cast(Outbox, request.app.state.outbox)


OutboxDep = Annotated[Outbox, Depends(_outbox)]


async def _filters(
    company: CompanyQuery = None,
    name: Annotated[EventName | None, Query(description="The name of the events.")] = None,
    job: Annotated[Id | None, Query(description="The id of their job.")] = None,
    file: Annotated[Id | None, Query(description="The id of their file.")] = None,
    since: SinceText = None,
) -> Filters:
    after, instant = parse_since(since, largest=store.LARGEST)
    return Filters(company, name, job, file, after, instant)


FiltersQuery = Annotated[Filters, Depends(_filters)]


@router.get(
    "",
    summary="What was told, the newest last.",
    response_model=EventsShown,
    responses=_errors,
)
async def list_all(
    services: ServicesDep, filters: FiltersQuery, limit: LimitQuery = 100
) -> JsonReply:
    """The first such call for a company has its events written, with those of its past."""
    await store.ask(services, filters.company_id)
    return JsonReply(await _shown(services, filters, limit))


@router.get(
    "/wait",
    summary="Wait until something was told.",
    response_model=EventsShown,
    responses={**_errors, 408: {"model": EventsAwaited, "description": "Request Timeout"}},
)
async def wait(
    services: ServicesDep,
    outbox: OutboxDep,
    filters: FiltersQuery,
    count: CountQuery = 1,
    timeout: TimeoutQuery = 5,  # noqa: ASYNC109 - the client's, answered when it is over
    limit: LimitQuery = 100,
) -> JsonReply:
    """Answers once at least so many events match, or with 408 when the time is over."""
    await store.ask(services, filters.company_id)
    so_far = partial(store.count, services.database, filters)
    total = await until_enough(so_far, count, timeout, arrival=outbox.arrival)
    if total >= count:
        return JsonReply(await _shown(services, filters, limit))
    # What came instead says more than nothing.
    instead = filters._replace(name=None) if total == 0 else filters
    late = await store.find(services.database, instead, limit=limit)
    message = f"{total} of {count} events came within {timeout:g} s."
    answer: dict[str, Any] = {"total": total, "events": [shown(event) for event in late]}
    return JsonReply({**error_body(408, message), **answer}, status_code=408)


@router.get(
    "/stream",
    summary="Events as they happen, as Server-Sent Events.",
    response_class=Response,
    responses={
        **_errors,
        200: {
            "description": "One event of the stream for each; its data is an EventShown.",
            "content": STREAM_CONTENT,
        },
    },
)
async def stream(
    services: ServicesDep,
    outbox: OutboxDep,
    streams: StreamsDep,
    filters: FiltersQuery,
    last_event_id: LastEventId = None,
    timeout: StreamSeconds = None,  # noqa: ASYNC109 - the client's, answered when it is over
) -> EventStream:
    """Begins with what comes after `since`, or else with what comes from now on.

    The `id` of an event is its number, where the stream is one company's. Companies count by
    themselves, so a stream of all of them has no `id`.
    """
    await store.ask(services, filters.company_id)
    of_one = filters.company_id is not None
    last = number_of(last_event_id) if of_one else None
    if last is None:
        last = filters.after
    newest = await store.newest_numbers(services.database, filters.company_id)
    if last is not None or filters.since is not None:
        newest = [(company_id, last or 0) for company_id, _ in newest]
    following = Following(services, filters, dict(newest))
    return EventStream(
        (
            [
                ServerSent(shown(event).model_dump_json(), id=event.number if of_one else None)
                for event in events
            ]
            async for events in follow(outbox, following)
        ),
        streams,
        seconds=timeout,
    )


@router.post(
    "",
    summary="Tell an event.",
    response_model=EventsShown,
    responses=describe_errors(
        BadRequest("Field 'name': must be an event; the nearest is 'job_finished'."), NotFound
    ),
)
async def post(services: ServicesDep, asked: Emit) -> JsonReply:
    """Any of the 24: it is delivered and sent like one that has happened, and moves nothing.

    A file's move to the recycle bin is followed by its `file_move`.
    """
    events = [shown(event) for event in await emit(services, asked)]
    return JsonReply(EventsShown(total=len(events), events=events))


async def _shown(services: Services, filters: Filters, limit: int) -> EventsShown:
    database = services.database
    events: list[EventShown] = [
        shown(event) for event in await store.find(database, filters, limit=limit)
    ]
    return EventsShown(total=await store.count(database, filters), events=events)
