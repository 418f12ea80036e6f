"""The console's application: its routes, and how its errors are shown."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from alfred_mock.control.browsers import CONSOLE, HOME, STATIC
from alfred_mock.control.console import clock, companies, faults, login, requests, seed
from alfred_mock.control.console.context import Companies, Console
from alfred_mock.control.console.events.section import SECTION as EVENTS
from alfred_mock.control.console.forms import is_form, reason
from alfred_mock.control.console.rendering import fragment, page
from alfred_mock.control.console.state.section import SECTION as STATE
from alfred_mock.control.console.static_files import static_file
from alfred_mock.control.event_stream import OpenStreams
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.core.error_handlers import TOLD
from alfred_mock.core.errors import as_api_error, phrase_of
from alfred_mock.core.services import Services
from alfred_mock.events.wiring import Events

SECTIONS = (
    requests.SECTION,
    STATE,
    EVENTS,
    faults.SECTION,
    clock.SECTION,
    seed.SECTION,
    companies.SECTION,
)
"""In the order of the navigation."""

_NO_COMPANIES = Companies([], None, is_held=False)


def console_app(
    services: Services, journal: JournalQueue, events: Events, control: ASGIApp
) -> ASGIApp:
    """The pages below `/__admin/`; `control` is the control API, which they call."""
    app = Starlette(
        routes=[
            Route(HOME[:-1], _to_home),
            Route(CONSOLE, _to_home),
            Route(f"{STATIC}{{name}}", static_file),
            *login.ROUTES,
            *(route for section in SECTIONS for route in section.routes),
        ],
        exception_handlers={
            **dict.fromkeys(TOLD, _told),
            HTTPException: _http_error,
            Exception: _unexpected,
        },
    )
    app.state.console = Console(services, journal, events, OpenStreams(), control)
    app.state.sections = SECTIONS
    app.state.attempts = login.Attempts()
    return app


async def _to_home(request: Request) -> Response:
    return RedirectResponse(HOME, 307)


async def _told(request: Request, error: Exception) -> Response:
    told = as_api_error(error)
    return await _shown(request, int(told.status), told.message)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    return await _shown(request, error.status_code, "There is no such page.")


async def _unexpected(request: Request, error: Exception) -> Response:
    # The server logs it: Starlette raises it again once the page is sent.
    return await _shown(request, 500, "An unexpected error occurred; the server's log has it.")


async def _shown(request: Request, status: int, message: str) -> Response:
    if is_form(request):
        return reason(message, status=status)
    values: dict[str, Any] = {"title": phrase_of(status), "message": message}
    if "hx-request" in request.headers:
        return fragment("_notice.html", status=status, **values)
    return await page(request, "error.html", status=status, companies=_NO_COMPANIES, **values)
