"""The attempts to deliver events to webhooks, as they are made."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.console.context import Companies, companies_of
from alfred_mock.control.console.events.pages import CHANGED, DELIVERIES, MOST, TABS
from alfred_mock.control.console.forms import ask
from alfred_mock.control.console.live import Region, region, renewed
from alfred_mock.control.console.rendering import page
from alfred_mock.events.tables import DeliveryState


async def index(request: Request) -> Response:
    """The list."""
    companies = await companies_of(request)
    live = await _region(request, companies)
    return await page(
        request,
        "deliveries.html",
        companies=companies,
        live=live.html,
        tabs=TABS,
        states=[state.value for state in DeliveryState],
        state=request.query_params.get("of", ""),
    )


async def rows(request: Request) -> Response:
    """The list again, if it has changed."""
    return renewed(request, await _region(request, await companies_of(request)))


async def _region(request: Request, companies: Companies) -> Region:
    state = request.query_params.get("of") or None
    query = {"company": companies.chosen_id, "state": state, "limit": MOST}
    found = await ask(request, "GET", "/deliveries", query=query)
    return region(
        "_deliveries.html",
        f"{DELIVERIES}/rows",
        companies,
        trigger=CHANGED,
        kept={"of": state},
        deliveries=found["deliveries"][::-1],
        of=state,
    )


ROUTES = (Route(DELIVERIES, index), Route(f"{DELIVERIES}/rows", rows))
