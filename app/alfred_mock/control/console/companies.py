"""The companies: made with credentials that are shown once, reset, removed."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.browsers import CONSOLE
from alfred_mock.control.console.context import companies_of, console_of
from alfred_mock.control.console.forms import ask, fields_of, follow_up, json_of, number_of, to_page
from alfred_mock.control.console.rendering import page
from alfred_mock.control.console.sections import Section
from alfred_mock.control.lifetimes import list_companies

PATH = f"{CONSOLE}/companies"


async def index(request: Request) -> Response:
    """The list, and the form for a new one."""
    companies = await companies_of(request)
    rows = await list_companies(console_of(request).services)
    shown = [row for row in rows if companies.knows(str(row[0]))]
    return await page(request, "companies.html", companies=companies, rows=shown)


async def create(request: Request) -> Response:
    """The new company's credentials: nobody can look at them again."""
    given = await fields_of(request)
    body: dict[str, Any] = {"name": given["name"]} if "name" in given else {}
    if "ttl_s" in given:
        body["ttl_s"] = number_of(given["ttl_s"])
    if "seed" in given:
        body["seed"] = json_of("seed", given["seed"])
    made = await ask(request, "POST", "/companies", body=body)
    url = console_of(request).services.settings.public_url or f"{request.base_url}"
    return await page(request, "company_made.html", made=made, url=url.rstrip("/"))


async def reset(request: Request) -> Response:
    """Back to its seed."""
    await ask(request, "POST", "/reset", body={"company": request.path_params["id"]})
    return await follow_up(request, PATH)


async def expire(request: Request) -> Response:
    """Its access tokens are refused from now on."""
    await ask(request, "POST", "/tokens/expire", body={"company": request.path_params["id"]})
    return await follow_up(request, PATH)


async def remove(request: Request) -> Response:
    """Away with it, and with the choice of it."""
    await ask(request, "DELETE", f"/companies/{request.path_params['id']}")
    return to_page(PATH)


SECTION = Section(
    "Companies",
    PATH,
    (
        Route(PATH, index, methods=["GET"]),
        Route(PATH, create, methods=["POST"]),
        Route(f"{PATH}/{{id}}/reset", reset, methods=["POST"]),
        Route(f"{PATH}/{{id}}/expire", expire, methods=["POST"]),
        Route(f"{PATH}/{{id}}/remove", remove, methods=["POST"]),
    ),
)
