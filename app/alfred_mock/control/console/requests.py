"""The requests: a live list, and one request opened."""

from collections.abc import AsyncIterator
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.browsers import CONSOLE, HOME
from alfred_mock.control.company_tokens import HELD_TO
from alfred_mock.control.console import entries
from alfred_mock.control.console.context import Companies, companies_of, console_of
from alfred_mock.control.console.exchange import Exchange, curl_of
from alfred_mock.control.console.rendering import environment, fragment, page
from alfred_mock.control.console.sections import Section
from alfred_mock.control.event_stream import EventStream, ServerSent, number_of
from alfred_mock.control.journal import store
from alfred_mock.control.journal.following import Following, follow
from alfred_mock.control.journal.har import har_of
from alfred_mock.control.waiting import MOST_SHOWN
from alfred_mock.core.errors import NotFound
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.settings import JournalMode
from alfred_mock.database import Database

PAGE_ROWS = 100
"""So many rows are shown at first, and so many more are loaded at a time."""

_HAR_NAME = 'attachment; filename="alfred-mock.har"'


async def index(request: Request) -> Response:
    """The page with the list."""
    companies = await companies_of(request)
    shown = await _list(request, companies)
    return await page(request, "requests.html", companies=companies, **shown)


async def rows(request: Request) -> Response:
    """The list again, for another filter."""
    companies = await companies_of(request)
    shown = await _list(request, companies)
    kept = {"company": companies.chosen_id, "q": shown["q"]}
    # The address keeps what was typed, so that the page can be loaded again and sent to others.
    headers = {"HX-Replace-Url": f"{HOME}?{_query(kept)}".rstrip("?")}
    return fragment("_requests_list.html", headers=headers, companies=companies, **shown)


async def older(request: Request) -> Response:
    """More rows, of entries before a number."""
    companies = await companies_of(request)
    before = number_of(request.query_params.get("before")) or 0
    shown = await _list(request, companies, before=before)
    return fragment("_requests_rows.html", companies=companies, **shown)


async def _list(
    request: Request, companies: Companies, *, before: int = store.LARGEST
) -> dict[str, Any]:
    console = console_of(request)
    text = request.query_params.get("q", "")
    is_on = console.services.settings.with_journal is not JournalMode.OFF
    found: list[SimpleNamespace] = []
    last = 0
    if is_on:
        await console.journal.flush()
        wanted = entries.wanted_of(companies.chosen_id, text)
        database = console.services.database
        last = await store.last_number(database)
        found = await entries.newest(database, wanted, most=PAGE_ROWS, before=before)
    return {
        "entries": found,
        "q": text,
        "query": _query({"company": companies.chosen_id, "q": text}),
        "is_on": is_on,
        "last": last,
        "has_older": len(found) == PAGE_ROWS,
    }


def _query(values: dict[str, str | None]) -> str:
    return urlencode({name: value for name, value in values.items() if value})


async def stream(request: Request) -> Response:
    """Rows as their requests come, the newest first."""
    console = console_of(request)
    companies = await companies_of(request)
    database = console.services.database
    wanted = entries.wanted_of(companies.chosen_id, request.query_params.get("q", ""))
    last = number_of(request.headers.get("last-event-id"))
    if last is None:
        last = number_of(request.query_params.get("after"))
    if last is None:
        last = await store.last_number(database)
    read = partial(entries.next_ones, database, wanted)
    following = Following(read, last, may_come_late=database.is_shared)
    found = follow(console.journal, following)
    return EventStream(_as_rows(request, companies, found), console.streams)


async def _as_rows(
    request: Request, companies: Companies, found: AsyncIterator[list[SimpleNamespace]]
) -> AsyncIterator[list[ServerSent]]:
    template = environment().get_template("_requests_new.html")
    async for new in found:
        if not new:
            yield []
            continue
        if any(entry.company_id and not companies.knows(entry.company_id) for entry in new):
            companies = await companies_of(request)  # some were made meanwhile
        html = template.render(entries=new[::-1], companies=companies)
        yield [ServerSent(html, id=new[-1].number, name="rows")]


async def opened(request: Request) -> Response:
    """One request with its answer."""
    companies = await companies_of(request)
    entry = await _entry(request)
    public_url = console_of(request).services.settings.public_url
    return await page(
        request,
        "request.html",
        companies=companies,
        entry=entry,
        exchange=Exchange(entry),
        curl=curl_of(entry, public_url=public_url),
    )


async def _entry(request: Request) -> SimpleNamespace:
    console = console_of(request)
    await console.journal.flush()
    number: int = request.path_params["number"]
    entry = await entries.entry_of(console.services.database, min(number, store.LARGEST))
    held_to = HELD_TO.get()
    if entry is None or held_to not in (None, entry.company_id):
        raise NotFound("There is no such request: it was removed, or had to make room.")
    return entry


async def har_of_one(request: Request) -> Response:
    """One request as an HTTP archive."""
    return _har(request, [await _entry(request)])


async def har_of_all(request: Request) -> Response:
    """The requests of the list as an HTTP archive, also those that are not loaded."""
    companies = await companies_of(request)
    console = console_of(request)
    await console.journal.flush()
    wanted = entries.wanted_of(companies.chosen_id, request.query_params.get("q", ""))
    database: Database = console.services.database
    return _har(request, await entries.whole(database, wanted, most=MOST_SHOWN))


def _har(request: Request, found: list[SimpleNamespace]) -> Response:
    public_url = console_of(request).services.settings.public_url
    archive = har_of(found, public_url=public_url)
    return JsonReply(archive, headers={"Content-Disposition": _HAR_NAME})


SECTION = Section(
    "Requests",
    HOME,
    (
        Route(HOME, index),
        Route(f"{CONSOLE}/requests/rows", rows),
        Route(f"{CONSOLE}/requests/older", older),
        Route(f"{CONSOLE}/requests/stream", stream),
        Route(f"{CONSOLE}/requests/har", har_of_all),
        Route(f"{CONSOLE}/requests/{{number:int}}", opened),
        Route(f"{CONSOLE}/requests/{{number:int}}/har", har_of_one),
    ),
    within=f"{CONSOLE}/requests/",
)
