"""The form that tells an event although nothing has happened."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.console.context import companies_of, console_of
from alfred_mock.control.console.events.pages import EVENTS
from alfred_mock.control.console.forms import ask, fields_of, follow_up
from alfred_mock.control.console.rendering import page
from alfred_mock.control.console.state import entries
from alfred_mock.events.catalogue import JOB, KINDS

_SUGGESTED = 20
"""So many of the newest jobs or files are offered."""
_MEMBER = "member-"


async def form(request: Request) -> Response:
    """The form for an event of one name, with the members that such events have."""
    companies = await companies_of(request)
    services = console_of(request).services
    query = request.query_params
    kind = KINDS.get(query.get("name", ""), next(iter(KINDS.values())))
    find = entries.jobs if kind.family == JOB else entries.files
    found = (await find(services, companies.chosen_id, 0))[:_SUGGESTED]
    return await page(
        request,
        "emit.html",
        companies=companies,
        names=list(KINDS),
        kind=kind,
        subject=query.get(kind.family, ""),
        found=found,
        member=_MEMBER,
    )


async def emit(request: Request) -> Response:
    """Tell it, and show what was told."""
    given = await fields_of(request)
    body: dict[str, Any] = {
        name: given[name].strip() for name in ("name", "job", "file") if name in given
    }
    members = {
        name.removeprefix(_MEMBER): _value(text)
        for name, text in given.items()
        if name.startswith(_MEMBER)
    }
    if members:
        body["fields"] = members
    told = await ask(request, "POST", "/events", body=body)
    return await follow_up(request, f"{EVENTS}/{told['events'][0]['id']}")


def _value(text: str) -> Any:
    """JSON where it is some, else the text as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


ROUTES = (
    Route(f"{EVENTS}/emit", form, methods=["GET"]),
    Route(f"{EVENTS}/emit", emit, methods=["POST"]),
)
