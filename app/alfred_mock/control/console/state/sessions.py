"""Deferred sessions: the list, new ones, and one opened with the files that wait in it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.company_tokens import HELD_TO
from alfred_mock.control.console.context import companies_of, console_of
from alfred_mock.control.console.forms import ask, fields_of, follow_up
from alfred_mock.control.console.rendering import page
from alfred_mock.control.console.state import entries
from alfred_mock.control.console.state.pages import SESSIONS, Listing

_LIST = Listing(SESSIONS, entries.sessions, title="Sessions")
_CHANGED = ("status", "job_id", "creation_date", "update_date", "user_name")


async def opened(request: Request) -> Response:
    """One session."""
    companies = await companies_of(request)
    services = console_of(request).services
    session = await entries.session(services, f"{request.path_params['id']}")
    files = await entries.files_of_session(services, session.id)
    return await page(request, "session.html", companies=companies, session=session, files=files)


async def new(request: Request) -> Response:
    """The form for a new one."""
    return await page(request, "session_new.html")


async def make(request: Request) -> Response:
    """A session as it should be."""
    given = await fields_of(request)
    held_to = HELD_TO.get()
    body: dict[str, Any] = {
        name: given[name] for name in ("company", "id", *_CHANGED) if name in given
    }
    if held_to is not None:
        body["company"] = held_to
    made = await ask(request, "POST", "/deferred-sessions", body=body)
    return await follow_up(request, f"{SESSIONS}/{made['id']}")


async def change(request: Request) -> Response:
    """What the form names, and nothing else."""
    given = await fields_of(request)
    body = {name: given[name] for name in _CHANGED if name in given}
    await ask(request, "PATCH", f"/deferred-sessions/{request.path_params['id']}", body=body)
    return await follow_up(request, f"{SESSIONS}/{request.path_params['id']}")


async def remove(request: Request) -> Response:
    """Away with it, and with the files that wait in it."""
    await ask(request, "DELETE", f"/deferred-sessions/{request.path_params['id']}")
    return await follow_up(request, SESSIONS)


ROUTES = (
    Route(SESSIONS, _LIST.index, methods=["GET"]),
    Route(f"{SESSIONS}/rows", _LIST.rows),
    Route(f"{SESSIONS}/new", new),
    Route(SESSIONS, make, methods=["POST"]),
    Route(f"{SESSIONS}/{{id:uuid}}", opened, methods=["GET"]),
    Route(f"{SESSIONS}/{{id:uuid}}", change, methods=["POST"]),
    Route(f"{SESSIONS}/{{id:uuid}}/remove", remove, methods=["POST"]),
)
