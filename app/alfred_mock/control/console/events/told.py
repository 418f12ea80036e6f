"""The events: the live list, and one opened with its payload and its deliveries."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.company_tokens import only_own
from alfred_mock.control.console.context import Companies, companies_of, console_of
from alfred_mock.control.console.events.changes import stream
from alfred_mock.control.console.events.pages import CHANGED, EVENTS, MOST, TABS
from alfred_mock.control.console.forms import ask, follow_up
from alfred_mock.control.console.live import Region, region, renewed
from alfred_mock.control.console.rendering import page
from alfred_mock.control.events import store
from alfred_mock.core.errors import NotFound
from alfred_mock.events.catalogue import KINDS
from alfred_mock.events.payloads import Style, envelope


async def index(request: Request) -> Response:
    """The list."""
    companies = await companies_of(request)
    live = await _region(request, companies)
    return await page(
        request,
        "events.html",
        companies=companies,
        live=live.html,
        tabs=TABS,
        names=list(KINDS),
        name=request.query_params.get("name", ""),
    )


async def rows(request: Request) -> Response:
    """The list again, if it has changed."""
    return renewed(request, await _region(request, await companies_of(request)))


async def _region(request: Request, companies: Companies) -> Region:
    name = request.query_params.get("name") or None
    query = {"company": companies.chosen_id, "name": name, "limit": MOST}
    found = await ask(request, "GET", "/events", query=query)
    return region(
        "_events.html",
        f"{EVENTS}/rows",
        companies,
        trigger=CHANGED,
        kept={"name": name},
        events=found["events"][::-1],
        total=found["total"],
        name=name,
    )


async def opened(request: Request) -> Response:
    """One event, as it was recorded and as it is sent."""
    companies = await companies_of(request)
    id_ = f"{request.path_params['id']}"
    database = console_of(request).services.database
    events = await store.find_by_ids(database, [id_])
    if not events:
        only_own(None)
        raise NotFound("There is no such event; it may have been forgotten.")
    [event] = events
    only_own(event.company_id)
    query = {"company": event.company_id, "event": id_}
    delivered = await ask(request, "GET", "/deliveries", query=query)
    return await page(
        request,
        "event.html",
        companies=companies,
        event=event,
        recorded=json.loads(event.fields_json),
        sent={style.value: envelope(event, style) for style in Style},
        deliveries=delivered["deliveries"][::-1],
    )


async def redeliver(request: Request) -> Response:
    """Once more."""
    id_ = f"{request.path_params['id']}"
    await ask(request, "POST", f"/events/{id_}/redeliver")
    return await follow_up(request, f"{EVENTS}/{id_}")


ROUTES = (
    Route(EVENTS, index, methods=["GET"]),
    Route(f"{EVENTS}/rows", rows),
    Route(f"{EVENTS}/stream", stream),
    Route(f"{EVENTS}/{{id:uuid}}", opened),
    Route(f"{EVENTS}/{{id:uuid}}/redeliver", redeliver, methods=["POST"]),
)
