"""The clock: what it says, and how it is set, stopped and moved on."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.browsers import CONSOLE
from alfred_mock.control.console.context import Companies, companies_of, console_of
from alfred_mock.control.console.forms import ask, fields_of, number_of, to_page
from alfred_mock.control.console.live import Region, region, renewed
from alfred_mock.control.console.rendering import page
from alfred_mock.control.console.sections import Section

PATH = f"{CONSOLE}/clock"
_TICKS = "every 1s"
_STEPS = (("1 minute", 60), ("1 hour", 3_600), ("1 day", 86_400), ("30 days", 2_592_000))


async def index(request: Request) -> Response:
    """The clock of the company, or of all that have none of their own."""
    companies = await companies_of(request)
    own = console_of(request).services.clock.shifts
    return await page(
        request,
        "clock.html",
        companies=companies,
        live=(await _region(request, companies)).html,
        steps=_STEPS,
        has_own=companies.chosen_id in own,
        others=[each for each in companies.all if each.id in own and companies.chosen is None],
    )


async def face(request: Request) -> Response:
    """What it says now."""
    return renewed(request, await _region(request, await companies_of(request)))


async def _region(request: Request, companies: Companies) -> Region:
    says = await ask(request, "GET", "/clock", query={"company": companies.chosen_id})
    return region("_clock.html", f"{PATH}/face", companies, trigger=_TICKS, clock=says)


async def put(request: Request) -> Response:
    """Set it, stop it, let it go or move it on."""
    companies = await companies_of(request)
    given = await fields_of(request)
    body: dict[str, Any] = {
        name: number_of(given[name]) for name in ("advance_s", "offset_s") if name in given
    }
    if "now" in given:
        body["now"] = given["now"].strip()
    if "frozen" in given:
        body["frozen"] = given["frozen"] == "true"
    if companies.chosen_id is not None:
        body["company"] = companies.chosen_id
    await ask(request, "PUT", "/clock", body=body)
    return to_page(f"{PATH}{companies.query}")


async def reset(request: Request) -> Response:
    """Back to the real time."""
    companies = await companies_of(request)
    await ask(request, "DELETE", "/clock", query={"company": companies.chosen_id})
    return to_page(f"{PATH}{companies.query}")


SECTION = Section(
    "Clock",
    PATH,
    (
        Route(PATH, index, methods=["GET"]),
        Route(PATH, put, methods=["POST"]),
        Route(f"{PATH}/face", face),
        Route(f"{PATH}/reset", reset, methods=["POST"]),
    ),
)
