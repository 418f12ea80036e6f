"""The requests: a live list, and one request opened."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.browsers import CONSOLE, HOME
from alfred_mock.control.console import entries
from alfred_mock.control.console.context import Companies, companies_of, console_of
from alfred_mock.control.console.rendering import fragment, page
from alfred_mock.control.console.sections import Section
from alfred_mock.core.settings import JournalMode

PAGE_ROWS = 100
"""So many rows are shown at first, and so many more are loaded at a time."""


async def index(request: Request) -> Response:
    """The page with the list."""
    companies = await companies_of(request)
    return await page(
        request, "requests.html", companies=companies, **await _list(request, companies)
    )


async def rows(request: Request) -> Response:
    """The list again, for another filter."""
    companies = await companies_of(request)
    return fragment("_requests_list.html", companies=companies, **await _list(request, companies))


async def _list(request: Request, companies: Companies) -> dict[str, Any]:
    console = console_of(request)
    text = request.query_params.get("q", "")
    is_on = console.services.settings.with_journal is not JournalMode.OFF
    found = []
    if is_on:
        await console.journal.flush()
        wanted = entries.wanted_of(companies.chosen_id, text)
        found = await entries.newest(console.services.database, wanted, most=PAGE_ROWS)
    kept = {"company": companies.chosen_id, "q": text}
    query = urlencode({name: value for name, value in kept.items() if value})
    return {"entries": found, "q": text, "query": query, "is_on": is_on, "most": PAGE_ROWS}


SECTION = Section(
    "Requests",
    HOME,
    (
        Route(HOME, index),
        Route(f"{CONSOLE}/requests/rows", rows),
    ),
)
