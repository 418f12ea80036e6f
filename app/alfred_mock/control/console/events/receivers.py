"""Who is told: webhooks, which can be set and removed, and realtime connections."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.company_tokens import HELD_TO
from alfred_mock.control.console.context import Companies, companies_of
from alfred_mock.control.console.events.pages import RECEIVERS, TABS
from alfred_mock.control.console.forms import ask, fields_of, follow_up
from alfred_mock.control.console.live import Region, region, renewed
from alfred_mock.control.console.rendering import page

_EXAMPLE = "http://localhost:9000/alfred"


async def index(request: Request) -> Response:
    """Both lists, and the form for a webhook."""
    companies = await companies_of(request)
    live = await _region(request, companies)
    return await page(
        request, "receivers.html", companies=companies, live=live.html, tabs=TABS, example=_EXAMPLE
    )


async def rows(request: Request) -> Response:
    """Both lists again, if they have changed."""
    return renewed(request, await _region(request, await companies_of(request)))


async def _region(request: Request, companies: Companies) -> Region:
    query = {"company": companies.chosen_id}
    webhooks = await ask(request, "GET", "/webhook", query=query)
    connections = await ask(request, "GET", "/connections", query=query)
    return region(
        "_receivers.html",
        f"{RECEIVERS}/rows",
        companies,
        webhooks=webhooks["webhooks"],
        connections=connections["connections"],
    )


async def put(request: Request) -> Response:
    """A company's webhook."""
    given = await fields_of(request)
    company = HELD_TO.get() or given.get("company")
    body: dict[str, Any] = {"url": given.get("url", "").strip(), "verify": "verify" in given}
    if company is not None:
        body["company"] = company
    await ask(request, "PUT", "/webhook", body=body)
    return await follow_up(request, RECEIVERS)


async def remove(request: Request) -> Response:
    """Away with a company's webhook."""
    query = {"company": f"{request.path_params['id']}"}
    await ask(request, "DELETE", "/webhook", query=query)
    return await follow_up(request, RECEIVERS)


async def drop(request: Request) -> Response:
    """A realtime connection is lost."""
    await ask(request, "DELETE", f"/connections/{request.path_params['id']}")
    return await follow_up(request, RECEIVERS)


async def drop_all(request: Request) -> Response:
    """All realtime connections are lost, or those of the company."""
    companies = await companies_of(request)
    await ask(request, "DELETE", "/connections", query={"company": companies.chosen_id})
    return await follow_up(request, RECEIVERS)


ROUTES = (
    Route(RECEIVERS, index, methods=["GET"]),
    Route(f"{RECEIVERS}/rows", rows),
    Route(f"{RECEIVERS}/webhook", put, methods=["POST"]),
    Route(f"{RECEIVERS}/webhook/{{id:uuid}}/remove", remove, methods=["POST"]),
    Route(f"{RECEIVERS}/connections/drop", drop_all, methods=["POST"]),
    Route(f"{RECEIVERS}/connections/{{id}}/drop", drop, methods=["POST"]),
)
